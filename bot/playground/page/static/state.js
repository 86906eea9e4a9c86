// What the page knows, how it hears of changes, and how it does something.

import { toast } from "./dom.js";

const meta = (name) => document.querySelector(`meta[name="${name}"]`).content;
const listeners = new Set();
const KEPT = "slack-on-localhost";

export const state = {
  note: "", team: "", bot: "", commands: [], examples: [],
  users: new Map(), channels: new Map(), messages: new Map(), views: new Map(),
  statuses: new Map(), titles: new Map(), prompts: {}, typing: new Map(),
  unread: new Map(), dismissed: new Set(), editing: null, isLost: false,
  me: "", channel: "", tab: "messages", thread: null, inspected: null,
};

export const onChange = (listener) => listeners.add(listener);

let isDue = false;
/** Draws the page anew, once for all the changes of a moment. */
export function changed(news = null) {
  if (news) for (const listener of listeners) listener(news);
  if (isDue) return;
  isDue = true;
  queueMicrotask(() => {
    isDue = false;
    keepPlace();
    for (const listener of listeners) listener(null);
  });
}

export const place = (channel, thread) => `${channel}/${thread ?? ""}`;
export const userName = (id) => state.users.get(id)?.name ?? (id === "USLACKBOT" ? "Slackbot" : id);

/** What mrkdwn calls people and channels. */
export const names = {
  user: (id) => state.users.get(id)?.name,
  channel: (id) => state.channels.get(id)?.name,
  isMe: (id) => id === state.me,
};

export const people = () => [...state.users.values()].filter((user) => !user.is_bot);
export const myDirect = () => [...state.channels.values()].find((one) => one.kind === "im" && one.members.includes(state.me));
export const myChannels = () => [...state.channels.values()].filter((one) => one.kind !== "im" && one.members.includes(state.me));

/** Returns what I see in a channel, in order: without replies, or one thread. */
export function visible(channel, thread) {
  const all = [...(state.messages.get(channel)?.values() ?? [])].sort((one, other) => (one.ts < other.ts ? -1 : 1));
  return all.filter((message) => {
    if (message.only_for && (message.only_for !== state.me || state.dismissed.has(message.ts))) return false;
    return thread ? message.ts === thread || message.thread === thread : !message.thread;
  });
}

export const repliesTo = (message) => visible(message.channel, message.ts).filter((one) => one.ts !== message.ts && !one.only_for);
export const messageAt = (channel, ts) => state.messages.get(channel)?.get(ts);

/** Returns my modal that is on top. */
export const topModal = () => [...state.views.values()].filter((view) => view.kind === "modal" && view.user === state.me).at(-1);
export const myHome = () => [...state.views.values()].find((view) => view.kind === "home" && view.user === state.me);

// --- The start ------------------------------------------------------------------------------------

export async function begin() {
  await load();
  restorePlace();
  listen();
}

let at = 0;
async function load() {
  const answer = await fetch("/page/state");
  const found = await answer.json();
  at = found.at;
  Object.assign(state, { note: found.note, team: found.team, bot: found.bot, commands: found.commands, examples: found.examples });
  state.users = new Map(found.users.map((user) => [user.id, user]));
  state.channels = new Map(found.channels.map((channel) => [channel.id, channel]));
  state.messages = new Map();
  for (const message of found.messages) put(message);
  state.views = new Map(found.views.map((view) => [view.id, view]));
  state.statuses = new Map(found.statuses.map((one) => [place(one.channel, one.thread), one.status]));
  assistance(found);
}

/** Asks again who and which channels there are: those that are added give no news of their own. */
async function loadPlaces() {
  const found = await (await fetch("/page/state")).json();
  state.users = new Map(found.users.map((user) => [user.id, user]));
  state.channels = new Map(found.channels.map((channel) => [channel.id, channel]));
}

function assistance({ titles, prompts }) {
  state.titles = new Map(titles.map((one) => [place(one.channel, one.thread), one.title]));
  state.prompts = prompts;
}

function put(message) {
  if (!state.messages.has(message.channel)) state.messages.set(message.channel, new Map());
  state.messages.get(message.channel).set(message.ts, message);
}

/** Shows a message that is on this page alone, as from Slackbot. */
export function tellMe(channel, thread, text) {
  const ts = (Date.now() / 1000).toFixed(6);
  put({ channel, ts, thread, user: "USLACKBOT", is_bot: true, text, blocks: [], files: [], reactions: [], only_for: state.me, is_local: true });
  changed();
}

function restorePlace() {
  let kept = {};
  try { kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}"); } catch { /* then from the start */ }
  state.me = people().some((user) => user.id === kept.me) ? kept.me : (people()[0]?.id ?? "");
  const linked = /^\/archives\/(\w+)\/p(\d+)(\d{6})$/.exec(location.pathname);
  if (linked) {
    history.replaceState(null, "", "/");
    openLink(linked, location.search);
  } else if (state.channels.get(kept.channel)?.members.includes(state.me)) {
    Object.assign(state, { channel: kept.channel, tab: kept.tab, thread: messageAt(kept.channel, kept.thread) ? kept.thread : null });
  } else {
    state.channel = (myChannels()[0] ?? myDirect())?.id ?? "";
  }
}

/** Goes to the message of a permalink. */
export function openLink([, channel, seconds, rest], search) {
  const ts = `${seconds}.${rest}`;
  const thread = new URLSearchParams(search).get("thread_ts") ?? (messageAt(channel, ts) ? ts : null);
  const members = state.channels.get(channel)?.members ?? [];
  if (!members.includes(state.me)) state.me = people().find((user) => members.includes(user.id))?.id ?? state.me;
  Object.assign(state, { channel, tab: "messages", thread });
}

function keepPlace() {
  const { me, channel, tab, thread } = state;
  try { sessionStorage.setItem(KEPT, JSON.stringify({ me, channel, tab, thread })); } catch { /* nothing is lost */ }
}

// --- News -----------------------------------------------------------------------------------------

function listen() {
  const source = new EventSource(`/page/events?since=${at}`);
  let line = Promise.resolve();
  source.onmessage = (event) => { line = line.then(() => hear(JSON.parse(event.data))); };
  source.onopen = () => lost(false);
  source.onerror = () => lost(true);
}

function lost(isLost) {
  if (state.isLost === isLost) return;
  state.isLost = isLost;
  changed();
}

async function hear(news) {
  if (news.kind === "hello") {
    // Another run knows nothing of what stands here.
    if (news.run !== meta("page-run")) location.reload();
    return;
  }
  const channel = news.message?.channel ?? news.channel;
  const user = news.message?.user ?? news.user;
  if ((channel && !state.channels.has(channel)) || (user && user !== "USLACKBOT" && !state.users.has(user))) await loadPlaces();
  HEARD[news.kind]?.(news);
  changed(news);
}

const HEARD = {
  message: ({ message }) => {
    const isNew = !messageAt(message.channel, message.ts);
    put(message);
    if (isNew) countUnread(message);
    state.typing.delete(place(message.channel, message.thread) + message.user);
  },
  deleted: ({ channel, ts }) => state.messages.get(channel)?.delete(ts),
  view: ({ view }) => state.views.set(view.id, view),
  closed: ({ id }) => state.views.delete(id),
  joined: ({ channel, user }) => {
    const room = state.channels.get(channel);
    if (room && !room.members.includes(user)) room.members.push(user);
  },
  left: ({ channel, user }) => {
    const room = state.channels.get(channel);
    if (room) room.members = room.members.filter((one) => one !== user);
  },
  status: ({ channel, thread, status }) => {
    if (status) state.statuses.set(place(channel, thread), status);
    else state.statuses.delete(place(channel, thread));
  },
  assistance,
  typing: ({ user, channel, thread }) => {
    const key = place(channel, thread) + user;
    clearTimeout(state.typing.get(key)?.timer);
    const timer = setTimeout(() => { state.typing.delete(key); changed(); }, 4000);
    state.typing.set(key, { user, at: place(channel, thread), timer });
  },
};

function countUnread(message) {
  for (const id of state.channels.get(message.channel)?.members ?? []) {
    const isHere = id === state.me && state.channel === message.channel && state.tab === "messages" && !document.hidden;
    if (id === message.user || isHere || (message.only_for && message.only_for !== id)) continue;
    const key = `${id}/${message.channel}`;
    state.unread.set(key, (state.unread.get(key) ?? 0) + 1);
  }
}

// --- Going somewhere ------------------------------------------------------------------------------

export function go(channel, { tab = "messages", thread = null } = {}) {
  Object.assign(state, { channel, tab, thread, editing: null });
  state.unread.delete(`${state.me}/${channel}`);
  changed({ kind: "went" });
}

/** Opens what there is of the app at once: its home tab, or the direct messages with it. */
export async function openApp(tab) {
  const direct = myDirect();
  if (direct) go(direct.id, { tab });
  const found = await doing("home", { user: state.me, tab });
  if (!found) return;
  if (!state.channels.has(found.channel)) await loadPlaces();
  if (found.view) state.views.set(found.view.id, found.view);
  if (direct) changed();
  else go(found.channel, { tab });
}

export function speakAs(user) {
  state.me = user;
  const isHere = state.channels.get(state.channel)?.members.includes(user);
  if (state.channels.get(state.channel)?.kind === "im") return void openApp(state.tab);
  if (!isHere) return go(myChannels()[0]?.id ?? "");
  go(state.channel, { tab: state.tab, thread: state.thread });
}

// --- Doing something ------------------------------------------------------------------------------

/** Does something on the server; returns its answer, or nothing after having said what was wrong. */
export async function doing(name, body, { isQuiet = false } = {}) {
  try {
    const answer = await fetch(`/page/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Page-Token": meta("page-token") },
      body: JSON.stringify(body),
    });
    const found = await answer.json();
    if (answer.ok) return found;
    if (!isQuiet) toast(found.error ?? "That did not work.");
  } catch {
    if (!isQuiet) toast("The server does not answer. Is it still running?");
  }
  return null;
}
