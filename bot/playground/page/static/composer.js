// Where people write: completes names and commands, sends, and keeps drafts.

import { el, icon, iconButton, newId } from "./dom.js";
import { menu } from "./menu.js";
import { changed, doing, go, place, state, tellMe, userName, visible } from "./state.js";
import { edit } from "./messages.js";

const drafts = new Map();
const MOST_ROWS = 8;
const TYPING_EVERY = 2500;
const MOST_FILES = 10;
// What the localhost Slack takes at once; real Slack takes 1 GB a file.
const MOST_BYTES = 32 * 1024 * 1024;

/** Returns a box to write in; `where()` says which channel and thread it belongs to now. */
export function composer(id, { hasExamples }, where) {
  const listId = newId("completion");
  let [found, active, key, told] = [[], 0, "", 0];
  let files = [];

  const area = el("textarea", {
    id, rows: "1", "aria-autocomplete": "list", "aria-controls": listId, "aria-haspopup": "listbox",
    oninput: onInput, onkeydown: onKey, onclick: complete, onblur: () => setTimeout(hide, 150),
  });
  const list = el("ul", { id: listId, class: "completion", role: "listbox", "aria-label": "Suggestions", hidden: true });
  const names = el("p", { class: "files", hidden: true });
  const picker = el("input", { type: "file", multiple: true, hidden: true, tabindex: "-1", "aria-hidden": "true", onchange: () => { attach([...picker.files]); picker.value = ""; } });
  const send = el("button", { type: "submit", class: "icon send", "aria-label": "Send", title: "Send (Enter)", disabled: true }, icon("send"));
  const examples = el("span", { class: "examples" });
  const box = el("form", { class: "composer", onsubmit: (event) => { event.preventDefault(); submit(); } },
    list, area, names, picker,
    el("div", { class: "row" },
      iconButton("file", "Attach a file", () => picker.click()),
      iconButton("at", "Mention somebody", () => insert("@")),
      iconButton("slash", "Use a command", () => insert("/")),
      examples,
      el("span", { class: "keys", "aria-hidden": "true" }, "Enter sends · Shift+Enter new line"),
      send));
  box.addEventListener("dragover", (event) => event.preventDefault());
  box.addEventListener("drop", (event) => { event.preventDefault(); attach([...event.dataTransfer.files]); });
  return { box, draw, focus: () => area.focus() };

  /** Shows the draft of where we are now. */
  function draw(label) {
    if (hasExamples && !examples.hasChildNodes() && state.examples.length) examples.append(exampleMenu());
    const { channel, thread } = where();
    area.placeholder = label;
    area.setAttribute("aria-label", label);
    const next = `${state.me}/${place(channel, thread)}`;
    if (next === key) return;
    key = next;
    area.value = drafts.get(key) ?? "";
    attach(null);
    hide();
    grow();
  }

  function exampleMenu() {
    const made = menu({
      options: state.examples.map((one, number) => ({ value: String(number), label: one.title, hint: one.hint })),
      placeholder: "Examples", label: "Examples to begin with", quiet: true,
      onchoose: ([value]) => { made.set([]); tryExample(state.examples[Number(value)]); },
    });
    return made.box;
  }

  function attach(more) {
    files = more ? [...files, ...more].slice(0, MOST_FILES) : [];
    names.replaceChildren(...files.map((file, at) => el("span", { class: "file" }, icon("file"), el("span", {}, file.name), iconButton("close", `Leave out ${file.name}`, () => { files.splice(at, 1); attach([]); area.focus(); }))));
    names.hidden = !files.length;
    ready();
  }

  function ready() {
    send.disabled = !area.value.trim() && !files.length;
  }

  function grow() {
    area.style.height = "auto";
    const line = Number.parseFloat(getComputedStyle(area).lineHeight) || 22;
    area.style.height = `${Math.min(area.scrollHeight, line * MOST_ROWS)}px`;
    ready();
  }

  function onInput() {
    drafts.set(key, area.value);
    grow();
    complete();
    const { channel, thread } = where();
    if (!area.value.trim() || area.value.startsWith("/") || Date.now() - told < TYPING_EVERY) return;
    told = Date.now();
    doing("typing", { user: state.me, channel, thread }, { isQuiet: true });
  }

  function insert(sign) {
    if (sign === "/") area.value = `/${area.value.replace(/^\//, "")}`;
    else area.setRangeText(/(^|\s)$/.test(area.value.slice(0, area.selectionStart)) ? sign : ` ${sign}`, area.selectionStart, area.selectionEnd, "end");
    area.focus();
    if (sign === "/") area.setSelectionRange(1, 1);
    onInput();
  }

  // --- Completion ---

  function complete() {
    const before = area.value.slice(0, area.selectionStart);
    const name = /(?:^|\s)@([\w-]*)$/.exec(before);
    if (/^\/[^\n]*$/.test(before) && before === area.value) {
      found = state.commands.filter((one) => one.text.startsWith(before.trimEnd()) && one.text !== before).map((one) => ({ ...one, start: 0, label: one.text }));
    } else if (name) {
      const start = before.length - name[1].length - 1;
      found = mentionable().filter((user) => user.name.toLowerCase().startsWith(name[1].toLowerCase()))
        .map((user) => ({ text: `@${user.name} `, label: `@${user.name}`, hint: user.is_bot ? "App" : "", start }));
    } else found = [];
    show(0);
  }

  function mentionable() {
    const members = state.channels.get(where().channel)?.members ?? [];
    return members.filter((member) => member !== state.me).map((member) => state.users.get(member)).filter(Boolean).sort((one, other) => Number(other.is_bot) - Number(one.is_bot));
  }

  function show(at) {
    active = found.length ? (at + found.length) % found.length : 0;
    list.hidden = !found.length;
    list.replaceChildren(...found.map((one, number) => el("li", {
      role: "option", id: `${listId}-${number}`, "aria-selected": String(number === active), class: number === active ? "active" : undefined,
      onpointerdown: (event) => { event.preventDefault(); take(number); },
    }, el("strong", {}, one.label), one.hint && el("small", {}, one.hint))));
    if (found.length) area.setAttribute("aria-activedescendant", `${listId}-${active}`);
    else area.removeAttribute("aria-activedescendant");
  }

  function hide() {
    found = [];
    show(0);
  }

  function take(number) {
    const { text, start } = found[number];
    area.setRangeText(text, start, area.selectionStart, "end");
    hide();
    onInput();
    if (text.startsWith("/")) hide();
  }

  // --- Keys ---

  function onKey(event) {
    if (event.isComposing) return;
    if (found.length && onCompletionKey(event)) {
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    } else if (event.key === "ArrowUp" && !area.value) editLast(event);
  }

  function onCompletionKey(event) {
    if (event.key === "ArrowDown") show(active + 1);
    else if (event.key === "ArrowUp") show(active - 1);
    else if (event.key === "Escape") hide();
    else if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey && !isWhole())) take(active);
    else return false;
    return true;
  }

  /** A whole command is sent by Enter rather than completed to a longer one. */
  function isWhole() {
    return state.commands.some((one) => one.text === area.value.trimEnd());
  }

  function editLast(event) {
    const { channel, thread } = where();
    const mine = visible(channel, thread).filter((message) => message.user === state.me && !message.only_for).at(-1);
    if (!mine) return;
    event.preventDefault();
    edit(mine, thread);
  }

  // --- Sending ---

  async function submit() {
    const text = area.value;
    const sent = files;
    if (!text.trim() && !sent.length) return;
    const { channel, thread } = where();
    area.value = "";
    drafts.delete(key);
    attach(null);
    hide();
    grow();
    const isDone = text.startsWith("/") ? await command(text, channel, thread) : await say({ text, channel, thread, files: sent });
    if (isDone || area.value) return;
    area.value = text;
    attach(sent);
    grow();
  }
}

async function command(text, channel, thread) {
  const [name, ...rest] = text.trim().split(/\s+/);
  const known = state.commands.some((one) => one.text === name);
  if (!known) return tell(`\`${name}\` is not a valid command. In Slack, all messages that start with the “/” character are interpreted as commands.`);
  if (thread) return tell(`\`${name}\` is not supported in threads. Sorry!`);
  const said = text.trim().slice(name.length).trim();
  const done = await doing("command", { user: state.me, channel, command: name, text: rest.length ? said : "" });
  if (done?.error) return tell(`\`${name}\` failed with the error “${done.error}”.`);
  return done !== null;

  function tell(sentence) {
    tellMe(channel, thread, sentence.replaceAll("&", "&amp;").replaceAll("<", "&lt;"));
    return true;
  }
}

/** Returns a file as it is sent: its name, and its content in base64. */
function uploaded(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve({ name: file.name, content: reader.result.slice(reader.result.indexOf(",") + 1) });
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

/** Says something; a mention or a direct message opens its thread, where the answer comes. */
export async function say({ text, channel, thread = null, files = [] }) {
  if (files.reduce((sum, file) => sum + file.size, 0) > MOST_BYTES) {
    tellMe(channel, thread, "Those files are too large for this Slack: 32 MB at once is the most.");
    return false;
  }
  const content = await Promise.all(files.map(uploaded));
  const sent = await doing("say", { user: state.me, channel, text, thread, files: content });
  if (!sent) return false;
  const room = state.channels.get(channel);
  const isForBot = room?.kind === "im" || text.toLowerCase().includes(`@${userName(state.bot).toLowerCase()}`);
  const isHeard = room?.members.includes(state.bot);
  if (!thread && isForBot && isHeard) go(channel, { thread: sent.ts });
  if (isForBot && !isHeard) tellMe(channel, thread, `${userName(state.bot)} is not in this channel and does not see this. You can invite it above, under Members.`);
  changed();
  return true;
}

/** Sends one of the examples from where we are. */
export function tryExample(example) {
  const room = state.channels.get(state.channel);
  const lead = room?.kind === "im" ? "" : `@${userName(state.bot)} `;
  state.tab = "messages";
  return say({ text: `${lead}${example.text}`, channel: state.channel });
}
