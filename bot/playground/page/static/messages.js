// One message and lists of them: who, when, what, and what can be done with it.

import { blocks } from "./blocks.js";
import { confirm, confirmObject } from "./dialogs.js";
import { dayName, dayOf, el, icon, iconButton, patch, timeOf, toast } from "./dom.js";
import { changed, doing, go, messageAt, names, place, repliesTo, state, userName, visible } from "./state.js";
import { decoded, mrkdwn } from "./text.js";

const TOGETHER_SECONDS = 300;

/** Draws the messages of a channel, or of a thread, into a list. */
export function drawList(list, channel, thread, lead) {
  const wasAtEnd = isAtEnd(list);
  const isElsewhere = list.dataset.place !== place(channel, thread);
  list.dataset.place = place(channel, thread);
  const rows = [...(lead ? [lead] : [])];
  let before = null;
  const shown = visible(channel, thread);
  for (const message of shown) {
    if (!thread && (!before || dayOf(before.ts) !== dayOf(message.ts))) rows.push(day(message));
    if (thread && before?.ts === thread) rows.push(count(shown.filter((one) => !one.only_for).length - 1));
    rows.push(row(message, before, thread));
    before = message;
  }
  rows.push(status(channel, thread));
  patch(list, rows);
  rove(list);
  const isMine = before?.user === state.me && before.ts !== list.dataset.last;
  list.dataset.last = before?.ts ?? "";
  if (isElsewhere || wasAtEnd || isMine) toEnd(list);
}

/** Whether a list stands at its end, or where we last put it. */
export function isAtEnd(list) {
  const isNear = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  return isNear || Math.abs(list.scrollTop - Number(list.dataset.put ?? -99)) < 4;
}

function day(message) {
  const name = dayName(message.ts);
  return { key: `day-${dayOf(message.ts)}`, sign: name, make: () => el("div", { class: "day", role: "separator" }, el("span", {}, name)) };
}

function count(number) {
  const text = number === 1 ? "1 reply" : `${number} replies`;
  return { key: "count", sign: text, make: () => el("div", { class: "count" }, el("span", {}, text)) };
}

/** The line that says what the app is doing, and who types. */
function status(channel, thread) {
  const here = place(channel, thread);
  const typing = [...state.typing.values()].filter((one) => one.at === here && one.user !== state.me).map((one) => userName(one.user));
  const doings = thread ? state.statuses.get(here) : "";
  const texts = [doings && `${userName(state.bot)} ${doings}`, typing.length && `${typing.join(" and ")} ${typing.length > 1 ? "are" : "is"} typing …`].filter(Boolean);
  return {
    key: "status", sign: texts.join(),
    make: () => el("p", { class: "status", "aria-live": "polite" }, texts.length ? [el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i")), texts.join(" · ")] : []),
  };
}

/** A card that is longer than the list shows its beginning; else the end is shown. */
export function toEnd(list) {
  const last = [...list.querySelectorAll(".message")].at(-1);
  const isTall = last && last.offsetHeight > list.clientHeight - 24;
  list.scrollTop = isTall ? last.offsetTop - 8 : list.scrollHeight;
  list.dataset.put = String(list.scrollTop);
}

/** One stop of the Tab key for the whole list; arrows go from message to message. */
function rove(list) {
  const all = [...list.querySelectorAll(".message")];
  const current = all.find((one) => one.contains(document.activeElement)) ?? all.at(-1);
  for (const one of all) one.tabIndex = one === current ? 0 : -1;
}

export function onListKey(event) {
  if (!event.target.classList.contains("message") || !["ArrowUp", "ArrowDown", "Home", "End"].includes(event.key)) return;
  const all = [...event.currentTarget.querySelectorAll(".message")];
  const at = all.indexOf(event.target);
  const next = { ArrowUp: all[at - 1], ArrowDown: all[at + 1], Home: all[0], End: all.at(-1) }[event.key];
  event.preventDefault();
  if (!next) return;
  for (const one of all) one.tabIndex = one === next ? 0 : -1;
  next.focus();
}

function row(message, before, thread) {
  const isMore = before && before.user === message.user && !message.only_for && !before.only_for && before.ts !== thread
    && !message.is_gone && dayOf(before.ts) === dayOf(message.ts) && Number(message.ts) - Number(before.ts) < TOGETHER_SECONDS;
  const replies = thread ? [] : repliesTo(message);
  const isEdited = state.editing === message.ts + (thread ?? "");
  const isInspected = state.inspected?.ts === message.ts;
  const sign = JSON.stringify([message, Boolean(isMore), replies.length, replies.at(-1)?.ts, isEdited, isInspected, state.me, userName(message.user)]);
  return { key: message.ts, sign, make: () => article(message, { isMore, replies, isEdited, isInspected, thread }) };
}

function article(message, { isMore, replies, isEdited, isInspected, thread }) {
  const name = message.is_gone ? "" : userName(message.user);
  const node = el("article", {
    class: ["message", isMore && "more", message.only_for && "alone", isInspected && "inspected-one"].filter(Boolean).join(" "),
    tabindex: "-1", "aria-label": `${name}, ${timeOf(message.ts)}`,
  },
  isMore ? el("time", { class: "side" }, timeOf(message.ts).replace(/\s?[ap]\.?m\.?$/i, "")) : face(message.user, message.is_gone),
  el("div", { class: "said" },
    message.only_for && el("p", { class: "only" }, icon("eye"), "Only visible to you"),
    !isMore && !message.is_gone && el("p", { class: "by" }, el("strong", {}, name), message.is_bot && !message.is_local && el("span", { class: "app" }, "App"), el("time", {}, timeOf(message.ts))),
    isEdited ? editor(message) : content(message),
    message.files.map((file) => el("p", { class: "file" }, icon("file"), el("span", {}, file))),
    reactions(message),
    replies.length > 0 && summary(message, replies)),
  !isEdited && tools(message, thread));
  return node;
}

export function face(user, isGone = false) {
  if (isGone) return el("span", { class: "face gone", "aria-hidden": "true" }, icon("delete"));
  if (user === state.bot) return el("img", { class: "face", src: "/page/static/mark.svg", alt: "", width: "36", height: "36" });
  const number = user === "USLACKBOT" ? 9 : [...state.users.keys()].indexOf(user) % 6;
  return el("span", { class: `face f${number}`, "aria-hidden": "true" }, userName(user).slice(0, 1).toUpperCase());
}

function content(message) {
  if (message.is_gone) return el("p", { class: "tombstone" }, message.text);
  const edited = message.is_edited && !message.is_bot ? [" ", el("small", { class: "edited" }, "(edited)")] : [];
  if (message.blocks.length) return el("div", { class: "blocks" }, blocks(message.blocks, pressing(message)));
  const nodes = mrkdwn(message.text, names);
  if (edited.length) (nodes.at(-1)?.tagName === "P" ? nodes.at(-1) : { append: (...more) => nodes.push(...more) }).append(...edited);
  return el("div", { class: "text" }, nodes);
}

/** What the blocks of a message need in order to be pressed. */
function pressing(message) {
  return {
    names,
    confirm: confirmObject,
    press: async (element, block, value) => {
      const done = await doing("press", { user: state.me, channel: message.channel, ts: message.ts, action: element.action_id, value });
      if (done?.error) toast(`should-finetune did not answer (${done.error}).`);
    },
  };
}

function reactions(message) {
  const counts = new Map();
  for (const { name } of message.reactions) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts.size > 0 && el("p", { class: "reactions" }, [...counts].map(([name, number]) => el("span", {}, mrkdwn(`:${name}:`, names), ` ${number}`)));
}

function summary(message, replies) {
  const faces = [...new Set(replies.map((one) => one.user))].slice(0, 4).map((user) => face(user));
  const text = replies.length === 1 ? "1 reply" : `${replies.length} replies`;
  return el("button", { type: "button", class: "replies", data: { focus: "replies" }, onclick: () => go(message.channel, { thread: message.ts }) },
    faces, el("span", { class: "number" }, text), el("span", { class: "last" }, `Last reply ${dayName(replies.at(-1).ts).toLowerCase()} at ${timeOf(replies.at(-1).ts)}`));
}

function tools(message, thread) {
  const isMine = message.user === state.me && !message.is_gone;
  const mayDelete = !message.only_for && !message.is_gone && (isMine || state.users.get(state.me)?.is_admin);
  if (message.only_for) {
    return el("div", { class: "tools" },
      !message.is_local && iconButton("inspect", "Look behind this message", () => inspect(message), { data: { focus: "inspect" } }),
      iconButton("close", "Dismiss", () => { state.dismissed.add(message.ts); changed(); }));
  }
  return el("div", { class: "tools", role: "toolbar", "aria-label": "What to do with this message" },
    !thread && iconButton("reply", "Reply in thread", () => { go(message.channel, { thread: message.ts }); changed({ kind: "reply" }); }, { data: { focus: "reply" } }),
    iconButton("inspect", "Look behind this message", () => inspect(message), { data: { focus: "inspect" } }),
    isMine && iconButton("edit", "Edit message", () => edit(message, thread), { data: { focus: "edit" } }),
    mayDelete && iconButton("delete", "Delete message", () => remove(message), { data: { focus: "delete" } }));
}

export function inspect(message) {
  state.inspected = message ? { channel: message.channel, ts: message.ts } : { channel: "", ts: "" };
  changed({ kind: "inspect" });
}

export function edit(message, thread) {
  state.editing = message.ts + (thread ?? "");
  changed();
}

async function remove(message) {
  const isSure = await confirm({ title: "Delete message", text: "Are you sure you want to delete this message? This cannot be undone.", yes: "Delete", no: "Cancel", isDanger: true });
  if (isSure) await doing("delete", { user: state.me, channel: message.channel, ts: message.ts });
}

/** Returns what a person typed, out of what was sent. */
export function typedText(sent) {
  return decoded(sent.replace(/<@(\w+)(?:\|[^>]*)?>/g, (_, id) => `@${userName(id)}`).replace(/<([^<>|]+)(?:\|([^<>]*))?>/g, (_, target, label) => label ?? target));
}

function editor(message) {
  const done = () => { state.editing = null; changed(); };
  const save = async () => {
    const { channel, ts } = message;
    if (area.value !== typedText(message.text) && !(await doing("edit", { user: state.me, channel, ts, text: area.value }))) return;
    if (messageAt(channel, ts)) done();
  };
  const area = el("textarea", {
    "aria-label": "Edit message", rows: "3", value: typedText(message.text), data: { focus: "editor" },
    onkeydown: (event) => {
      if (event.key === "Escape") done();
      else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) save();
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
  });
  setTimeout(() => { area.focus(); area.setSelectionRange(area.value.length, area.value.length); });
  return el("div", { class: "editor" }, area, el("div", { class: "row" },
    el("button", { type: "button", class: "press", onclick: done }, "Cancel"),
    el("button", { type: "button", class: "press primary", onclick: save }, "Save")));
}
