// What is behind a message: the facts, and the events and calls as they went back and forth.

import { byId, dateOf, el, patch, toast } from "./dom.js";
import { messageAt, names, state, userName } from "./state.js";
import { mrkdwn } from "./text.js";

const SIGNS = { event: ["→", "Event"], delivery: ["→", "Sent to the app"], call: ["←", "Call of the app"] };
const WAIT = 200;
let due = 0;

/** Looks again soon; many changes at once are one look. */
export function lookAgain() {
  if (!state.inspected) return;
  clearTimeout(due);
  due = setTimeout(look, WAIT);
}

export async function look() {
  const wanted = state.inspected;
  if (!wanted) return;
  const query = wanted.ts ? `?${new URLSearchParams(wanted)}` : "";
  const answer = await fetch(`/page/behind${query}`).catch(() => null);
  if (!answer) return; // The line about the connection says it.
  if (!answer.ok) return void toast("The inspector found nothing: the server failed.");
  const found = await answer.json();
  if (wanted === state.inspected) draw(found);
}

function draw({ records, facts, cause }) {
  const { channel, ts } = state.inspected;
  const message = messageAt(channel, ts);
  const isBot = message?.is_bot;
  byId("inspector-about").textContent = ts ? `Behind a message of ${userName(message?.user ?? "")}` : "Everything, latest last";
  const box = byId("inspected");
  const wasAtEnd = !ts && box.scrollHeight - box.scrollTop - box.clientHeight < 60;
  const rows = [
    { key: "which", sign: ts, make: () => which(ts) },
    ...(ts ? [heading("facts-head", isBot ? "What it understood" : "Facts read in these words")] : []),
    ...(ts ? [{ key: "facts", sign: JSON.stringify(facts), make: () => factList(facts, isBot) }] : []),
    heading("records-head", ts ? "What went back and forth" : "Events and calls"),
    ...(cause ? [{ key: "cause", sign: cause, make: () => el("p", { class: "lead" }, `It answers ${userName(messageAt(channel, cause)?.user ?? "somebody")}’s message of ${clock(Number(cause))}.`) }] : []),
    ...(records.length ? records.map(recordRow) : [{ key: "none", sign: "", make: () => el("p", { class: "lead" }, "Nothing was sent to the app, and it called nothing.") }]),
  ];
  patch(box, rows);
  if (wasAtEnd) box.scrollTop = box.scrollHeight;
}

const heading = (key, text) => ({ key, sign: text, make: () => el("h3", {}, text) });

function which(ts) {
  return el("p", { class: "lead" }, ts
    ? [el("button", { type: "button", class: "plain", onclick: () => { state.inspected = { channel: "", ts: "" }; look(); } }, "Show everything instead")]
    : "Choose “Look behind this message” at any message to see what belongs to it.");
}

function factList(facts, isBot) {
  if (!facts.length) return el("p", { class: "lead" }, isBot ? "This message lists no facts." : "None so far.");
  return el("dl", { class: "facts" }, facts.map((fact) => el("div", {}, el("dt", {}, fact.title), el("dd", {}, mrkdwn(fact.text, names)))));
}

function recordRow(record, number) {
  const [sign, kind] = SIGNS[record.kind];
  const spent = record.milliseconds === undefined ? "" : `${record.milliseconds < 10 ? record.milliseconds.toFixed(1) : Math.round(record.milliseconds)} ms`;
  return {
    key: `${record.at}-${number}-${record.name}`, sign: record.outcome,
    make: () => el("details", { class: `record ${record.kind}${record.ok ? "" : " failed"}` },
      el("summary", {},
        el("span", { class: "sign", "aria-hidden": "true" }, sign),
        el("span", { class: "what" }, el("strong", {}, record.name), el("small", {}, `${kind} · ${clock(record.at)}${spent && ` · ${spent}`}`)),
        el("span", { class: "outcome" }, record.outcome)),
      Object.entries(record.parts).map(([name, part]) => [el("h4", {}, name), el("pre", { tabindex: "0", "aria-label": name }, JSON.stringify(part, null, 2))])),
  };
}

function clock(seconds) {
  const date = dateOf(seconds);
  return `${date.toLocaleTimeString([], { hour12: false })}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
