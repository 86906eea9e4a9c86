// The page as a whole: draws each part when something changes, and hears what is pressed.

import { blocks, valuesOf } from "./blocks.js";
import { composer, tryExample } from "./composer.js";
import { confirmObject, drawModal } from "./dialogs.js";
import { announce, byId, el, icon, patch, toast } from "./dom.js";
import { look, lookAgain } from "./inspector.js";
import { menu } from "./menu.js";
import { drawList, face, inspect, onListKey, toEnd } from "./messages.js";
import { begin, changed, doing, go, messageAt, myChannels, myDirect, myHome, names, onChange, openApp, openLink, people, speakAs, state, userName } from "./state.js";
import { decoded } from "./text.js";

const roomBox = composer("compose", { hasExamples: true }, () => ({ channel: state.channel, thread: null }));
const threadBox = composer("compose-thread", { hasExamples: false }, () => ({ channel: state.channel, thread: state.thread }));
const isNarrow = () => matchMedia("(max-width: 759px)").matches;

// --- Drawing --------------------------------------------------------------------------------------

function draw() {
  byId("note").textContent = state.note;
  byId("team").textContent = state.team;
  byId("lost").hidden = !state.isLost;
  drawPeople();
  drawPlaces();
  drawRoom();
  drawThread();
  drawInspector();
  drawModal();
}

function drawPeople() {
  patch(byId("people"), people().map((user) => {
    const isMe = user.id === state.me;
    return {
      key: user.id, sign: `${user.name}${isMe}`,
      make: () => el("button", { type: "button", role: "radio", "aria-checked": String(isMe), tabindex: isMe ? "0" : "-1", title: `Speak as ${user.name}`, data: { focus: "person" }, onclick: () => speakAs(user.id) },
        face(user.id), el("span", {}, user.name)),
    };
  }));
}

function drawPlaces() {
  const direct = myDirect();
  const isHere = (channel, tab) => state.channel === channel && (state.channels.get(channel)?.kind !== "im" || !tab || state.tab === tab);
  const rows = [
    title("Channels"),
    ...myChannels().map((channel) => placeRow({ key: channel.id, sign: "hash", name: channel.name, isHere: isHere(channel.id), unread: unreadIn(channel.id), open: () => go(channel.id) })),
    title("Apps"),
    placeRow({ key: "app", sign: "bot", name: userName(state.bot), isHere: isHere(direct?.id), unread: unreadIn(direct?.id), open: () => openApp("messages") }),
    placeRow({ key: "app-home", sign: "idea", name: "App Home", isHere: isHere(direct?.id, "home") && state.tab === "home", unread: 0, open: () => openApp("home") }),
  ];
  patch(byId("places"), rows);
}

const unreadIn = (channel) => state.unread.get(`${state.me}/${channel}`) ?? 0;
const title = (text) => ({ key: `title-${text}`, sign: "", make: () => el("h2", {}, text) });

function placeRow({ key, sign, name, isHere, unread, open }) {
  const isShown = key === "app" ? isHere && state.tab !== "home" : isHere;
  return {
    key, sign: `${name}${isShown}${unread}`,
    make: () => el("button", {
      type: "button", class: unread ? "place unread" : "place", "aria-current": isShown ? "page" : undefined, data: { focus: "place" },
      onclick: () => { closeSidebar(); open(); },
    }, icon(sign), el("span", {}, name), unread > 0 && el("span", { class: "badge" }, String(unread), el("span", { class: "unseen" }, " unread"))),
  };
}

function drawRoom() {
  const channel = state.channels.get(state.channel);
  const isApp = channel?.kind === "im";
  const isHome = isApp && state.tab === "home";
  byId("room-title").replaceChildren(...(isApp ? [userName(state.bot), el("span", { class: "app" }, "App")] : [icon("hash"), channel?.name ?? "No channel"]));
  byId("room-about").textContent = isApp ? "" : (channel?.members ?? []).map(userName).join(", ");
  drawMembers(isApp ? null : channel);
  byId("tabs").hidden = !isApp;
  patch(byId("tabs"), ["home", "messages"].map((tab) => tabRow(tab)));
  byId("room-list").hidden = isHome;
  byId("room-compose").hidden = isHome;
  byId("home").hidden = !isHome;
  document.title = `${isApp ? userName(state.bot) : `#${channel?.name ?? ""}`} · Slack on localhost`;
  if (isHome) drawHome();
  else drawList(byId("room-list"), state.channel, null, lead(channel));
  roomBox.draw(isApp ? `Message ${userName(state.bot)}` : `Message #${channel?.name ?? ""}`);
}

/** The app can be invited to a channel and removed from it, by whoever is in it. */
function drawMembers(channel) {
  const rows = channel ? [{ key: channel.id, sign: `${state.me}${hasApp(channel)}`, make: () => membersMenu(channel) }] : [];
  patch(byId("room-menu"), rows);
}

const hasApp = (channel) => channel.members.includes(state.bot);

function membersMenu(channel) {
  const isIn = hasApp(channel);
  const made = menu({
    options: [{ value: isIn ? "remove" : "invite", label: `${isIn ? "Remove" : "Invite"} ${userName(state.bot)}`, hint: isIn ? "from this channel" : "to this channel" }],
    placeholder: "Members", label: "Members of the channel", quiet: true, focus: "members",
    onchoose: ([deed]) => { made.set([]); doing(deed, { user: state.me, channel: channel.id }); },
  });
  return made.box;
}

function tabRow(tab) {
  const isHere = state.tab === tab;
  return {
    key: tab, sign: String(isHere),
    make: () => el("button", { type: "button", role: "tab", "aria-selected": String(isHere), tabindex: isHere ? "0" : "-1", data: { focus: "tab" }, onclick: () => openApp(tab) }, tab === "home" ? "Home" : "Messages"),
  };
}

/** What stands at the beginning of a channel. */
function lead(channel) {
  if (!channel) return null;
  const isApp = channel.kind === "im";
  const prompts = isApp ? (state.prompts[channel.id] ?? []) : [];
  const hasBot = channel.members.includes(state.bot);
  return {
    key: "lead", sign: JSON.stringify([channel.id, prompts, hasBot, state.examples.length, state.me]),
    make: () => el("section", { class: "lead-in" },
      el("h3", {}, isApp ? "Should we fine-tune?" : `# ${channel.name}`),
      el("p", {}, isApp ? "Write what your language model does wrong, or what you want it to do." : hasBot ? ["Mention ", el("span", { class: "mention" }, `@${userName(state.bot)}`), " with a problem of yours, and it answers in a thread."] : `${userName(state.bot)} is not in this channel. Invite it, and mention it with a problem of yours.`),
      !hasBot && el("div", { class: "prompts" }, el("button", { type: "button", class: "press", onclick: () => doing("invite", { user: state.me, channel: channel.id }) }, `Invite ${userName(state.bot)}`)),
      hasBot && el("p", { class: "small" }, "Or begin with one of these:"),
      hasBot && el("div", { class: "cards" }, state.examples.map((example) => el("button", { type: "button", class: "card", onclick: () => tryExample(example) }, el("strong", {}, example.title), el("small", {}, example.hint)))),
      prompts.length > 0 && el("div", { class: "prompts" }, prompts.map((one) => el("button", { type: "button", class: "press", onclick: () => tryExample({ text: one.message }) }, one.title)))),
  };
}

function drawHome() {
  const view = myHome();
  const fields = new Map();
  const press = async (element, block, value) => {
    const done = await doing("press", { user: state.me, view: view.id, action: element.action_id, value, values: valuesOf(fields) });
    if (done?.error) toast(`should-finetune did not answer (${done.error}).`);
  };
  const rows = view
    ? [{ key: view.id, sign: view.hash, make: () => el("div", { class: "blocks" }, blocks(view.blocks, { names, press, confirm: confirmObject, fields })) }]
    : [{ key: "none", sign: "", make: () => el("p", { class: "nothing" }, "The app has not published a home tab yet.") }];
  patch(byId("home"), rows);
}

function drawThread() {
  const isOpen = Boolean(state.thread) && state.tab === "messages";
  byId("frame").classList.toggle("with-thread", isOpen);
  byId("thread").hidden = !isOpen;
  if (!isOpen) return;
  const channel = state.channels.get(state.channel);
  byId("thread-about").textContent = state.titles.get(`${state.channel}/${state.thread}`) ?? (channel?.kind === "im" ? userName(state.bot) : `#${channel?.name}`);
  drawList(byId("thread-list"), state.channel, state.thread);
  threadBox.draw("Reply …");
}

function drawInspector() {
  const isOpen = Boolean(state.inspected);
  byId("frame").classList.toggle("with-inspector", isOpen);
  byId("inspector").hidden = !isOpen;
  byId("open-inspector").setAttribute("aria-pressed", String(isOpen));
}

// --- Hearing --------------------------------------------------------------------------------------

let lastFocus = null;

function onNews(news) {
  if (news === null) return void draw();
  lookAgain();
  if (news.kind === "inspect") {
    lastFocus = document.activeElement;
    look();
    if (isNarrow()) queueMicrotask(() => byId("close-inspector").focus());
  }
  if (news.kind === "reply") setTimeout(threadBox.focus);
  if (news.kind === "went") setTimeout(() => !isNarrow() && state.tab === "messages" && (state.thread ? threadBox : roomBox).focus());
  if (news.kind === "message") sayAloud(news.message);
}

/** Screen readers hear what the app and others say where we are; our own words we know. */
function sayAloud(message) {
  if (message.channel !== state.channel || message.user === state.me || (message.only_for && message.only_for !== state.me)) return;
  announce(`${userName(message.user)}: ${decoded(message.text.split("\n", 2).join(" ")).slice(0, 240)}`);
}

function closeThread() {
  const opener = state.thread;
  go(state.channel);
  setTimeout(() => [...byId("room-list").children].find((node) => node.dataset.key === opener)?.focus({ preventScroll: true }));
}

function closeInspector() {
  state.inspected = null;
  changed();
  if (lastFocus?.isConnected) lastFocus.focus();
  else byId("open-inspector").focus();
}

function closeSidebar() {
  byId("frame").classList.remove("with-sidebar");
  byId("open-sidebar").setAttribute("aria-expanded", "false");
}

function onEscape(event) {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  if (byId("frame").classList.contains("with-sidebar")) closeSidebar();
  else if (state.inspected && (byId("inspector").contains(document.activeElement) || !state.thread)) closeInspector();
  else if (state.thread && state.tab === "messages") closeThread();
  else if (state.inspected) closeInspector();
}

/** Arrows go through people and tabs, as in any radio group or list of tabs. */
function onArrow(event) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const all = [...event.currentTarget.querySelectorAll("button")];
  const next = all[(all.indexOf(event.target) + step + all.length) % all.length];
  event.preventDefault();
  next.focus();
  next.click();
}

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function changeTheme() {
  const next = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  try { localStorage.setItem("theme", next); } catch { /* then for this page alone */ }
  byId("theme").setAttribute("aria-pressed", String(next === "dark"));
}

function onLink(event) {
  const link = event.target.closest?.("a[href]");
  const found = link && new URL(link.href).origin === location.origin && /^\/archives\/(\w+)\/p(\d+)(\d{6})$/.exec(new URL(link.href).pathname);
  if (!found) return;
  event.preventDefault();
  openLink(found, new URL(link.href).search);
  changed({ kind: "went" });
}

function wire() {
  byId("room-compose").append(roomBox.box);
  byId("thread-compose").append(threadBox.box);
  byId("close-thread").addEventListener("click", closeThread);
  byId("close-inspector").addEventListener("click", closeInspector);
  byId("open-inspector").addEventListener("click", () => (state.inspected ? closeInspector() : inspect(latest())));
  byId("theme").addEventListener("click", changeTheme);
  byId("theme").setAttribute("aria-pressed", String(isDark()));
  byId("open-sidebar").addEventListener("click", () => {
    const isOpen = byId("frame").classList.toggle("with-sidebar");
    byId("open-sidebar").setAttribute("aria-expanded", String(isOpen));
    if (isOpen) byId("places").querySelector("button")?.focus();
  });
  byId("veil").addEventListener("click", closeSidebar);
  for (const id of ["people", "tabs"]) byId(id).addEventListener("keydown", onArrow);
  for (const id of ["room-list", "thread-list"]) {
    byId(id).addEventListener("keydown", onListKey);
    let high = 0;
    new ResizeObserver(() => {
      const list = byId(id);
      const isLower = list.clientHeight < high;
      high = list.clientHeight;
      if (isLower && list.scrollHeight - list.scrollTop - high < 300) toEnd(list);
    }).observe(byId(id));
  }
  document.addEventListener("keydown", onEscape);
  document.addEventListener("click", onLink);
}

/** The message that is most likely meant: the app's newest in the thread that is open. */
function latest() {
  const all = [...(state.messages.get(state.channel)?.values() ?? [])];
  return all.filter((one) => one.is_bot && !one.is_local && one.thread === state.thread && state.thread).at(-1) ?? (state.thread ? messageAt(state.channel, state.thread) : null);
}

wire();
onChange(onNews);
await begin();
changed();
