// Slack's mrkdwn, Markdown and plain text, as DOM nodes.

import { el } from "./dom.js";

const WORD = /[\p{L}\p{N}]/u;
const MARKS = { "*": "strong", _: "em", "~": "del" };
const EMOJI = {
  white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", warning: "⚠️", bulb: "💡", eyes: "👀",
  tada: "🎉", wave: "👋", thumbsup: "👍", "+1": "👍", thumbsdown: "👎", "-1": "👎", heart: "❤️",
  smile: "😄", slightly_smiling_face: "🙂", thinking_face: "🤔", rocket: "🚀", fire: "🔥",
  hourglass_flowing_sand: "⏳", memo: "📝", bar_chart: "📊", moneybag: "💰", point_right: "👉",
  raised_hands: "🙌", pray: "🙏", question: "❓", exclamation: "❗", lock: "🔒", mag: "🔍",
};

export const decoded = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** Returns the nodes of a text object of Block Kit. */
export function textObject(object, names) {
  if (!object) return [];
  if (object.type === "mrkdwn") return mrkdwn(object.text, names);
  return [el("span", { class: "plain" }, decoded(object.text))];
}

export const plainOf = (object) => (object ? decoded(object.text) : "");

// --- mrkdwn ---------------------------------------------------------------------------------------

/** Returns the nodes of mrkdwn; `names` says what people and channels are called. */
export function mrkdwn(text, names) {
  return text.split(/```([\s\S]*?)```/).flatMap((part, place) => {
    if (place % 2) return [el("pre", {}, decoded(part.replace(/^\n|\n$/g, "")))];
    const trimmed = part.replace(/^\n+|\n+$/g, "");
    return trimmed ? paragraphs(trimmed.split("\n"), (line) => inline(line, names)) : [];
  });
}

const KINDS = [
  ["ul", /^• /],
  ["ol", /^(\d+)\. /],
  ["blockquote", /^(?:>|&gt;) ?/],
];

function paragraphs(lines, inside) {
  const nodes = [];
  let open = null;
  for (const line of lines) {
    const [kind, mark] = KINDS.find(([, sign]) => sign.test(line)) ?? ["p", /^/];
    const isMore = open?.kind === "ul" && /^\s{2,}\S/.test(line);
    if (isMore) {
      open.node.lastChild.append(el("br"), el("span", { class: "more" }, inside(line.trim())));
    } else {
      if (open?.kind !== kind) nodes.push((open = opened(kind, line)).node);
      added(open, inside(line.replace(mark, "")));
    }
  }
  return nodes;
}

function opened(kind, line) {
  const start = kind === "ol" ? Number.parseInt(line, 10) : undefined;
  return { kind, node: el(kind, { start: start === 1 ? undefined : start }), isEmpty: true };
}

function added(open, nodes) {
  if (open.kind === "ul" || open.kind === "ol") open.node.append(el("li", {}, nodes));
  else open.node.append(...(open.isEmpty ? [] : [el("br")]), ...nodes);
  open.isEmpty = false;
}

function inline(text, names) {
  const nodes = [];
  let plain = "";
  const flush = () => {
    if (plain) nodes.push(decoded(plain));
    plain = "";
  };
  for (let at = 0; at < text.length; ) {
    const [node, end] = token(text, at, names) ?? [null, at + 1];
    if (node === null) plain += text[at];
    else {
      flush();
      nodes.push(node);
    }
    at = end;
  }
  flush();
  return nodes;
}

/** Returns the node that begins at a place and where it ends, or nothing for a plain sign. */
function token(text, at, names) {
  const sign = text[at];
  if (sign === "`") {
    const end = text.indexOf("`", at + 1);
    return end > at + 1 ? [el("code", {}, decoded(text.slice(at + 1, end))), end + 1] : null;
  }
  if (sign === "<") {
    const end = text.indexOf(">", at);
    return end > at + 1 ? [angled(text.slice(at + 1, end), names), end + 1] : null;
  }
  if (sign === ":") {
    const found = /^:([a-z0-9_+-]+):/.exec(text.slice(at, at + 40));
    return found && EMOJI[found[1]] ? [EMOJI[found[1]], at + found[0].length] : null;
  }
  if (MARKS[sign] && !WORD.test(text[at - 1] ?? " ")) {
    const end = closing(text, at, sign);
    return end ? [el(MARKS[sign], {}, inline(text.slice(at + 1, end), names)), end + 1] : null;
  }
  return null;
}

function closing(text, start, sign) {
  if (/\s/.test(text[start + 1] ?? " ") || text[start + 1] === sign) return 0;
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === "<") {
      const end = text.indexOf(">", at);
      if (end > 0) at = end;
    } else if (text[at] === sign && !/\s/.test(text[at - 1]) && !WORD.test(text[at + 1] ?? " ")) {
      return at;
    }
  }
  return 0;
}

function angled(inside, names) {
  const [target, label] = [inside.split("|", 1)[0], inside.includes("|") ? inside.slice(inside.indexOf("|") + 1) : ""];
  if (target.startsWith("@")) {
    const id = target.slice(1);
    return el("span", { class: names.isMe(id) ? "mention me" : "mention" }, `@${names.user(id) ?? decoded(label || id)}`);
  }
  if (target.startsWith("#")) return el("span", { class: "mention" }, `#${names.channel(target.slice(1)) ?? decoded(label || "private channel")}`);
  if (target.startsWith("!")) return el("span", { class: "mention" }, decoded(label) || `@${target.slice(1).split("^")[0]}`);
  return link(decoded(target), decoded(label || target));
}

/** Returns a link; an address that a browser would run rather than open stays text. */
export function link(address, label) {
  if (!/^(https?:\/\/|mailto:)/i.test(address)) return el("span", {}, label);
  return el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, label);
}

// --- Markdown -------------------------------------------------------------------------------------

const INLINE =
  /(`+)(.+?)\1|\*\*(.+?)\*\*|__(.+?)__|\*(\S(?:.*?\S)?)\*|(?<![\p{L}\p{N}])_(\S(?:.*?\S)?)_(?![\p{L}\p{N}])|~~(.+?)~~|\[([^\]]+)\]\(([^)\s]+)\)|(https?:\/\/[^\s<>)]+)/gu;

/** Returns the nodes of standard Markdown, as in a markdown block. */
export function markdown(text) {
  const lines = text.replaceAll("\r", "").split("\n");
  const nodes = [];
  while (lines.length) nodes.push(...piece(lines));
  return nodes;
}

function piece(lines) {
  const line = lines[0];
  if (!line.trim()) {
    lines.shift();
    return [];
  }
  if (/^\s*```/.test(line)) return [fence(lines)];
  const heading = /^(#{1,6})\s+(.*)$/.exec(line);
  if (heading) {
    lines.shift();
    return [el(`h${Math.min(heading[1].length + 2, 6)}`, { class: "md" }, span(heading[2]))];
  }
  if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) {
    lines.shift();
    return [el("hr")];
  }
  if (line.includes("|") && /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(lines[1] ?? "")) return [table(lines)];
  if (/^\s*([-*+•]|\d+[.)])\s/.test(line)) return [list(lines)];
  if (/^\s*>/.test(line)) {
    return [el("blockquote", {}, markdown(taken(lines, (one) => /^\s*>/.test(one)).map((one) => one.replace(/^\s*> ?/, "")).join("\n")))];
  }
  const rows = taken(lines, (one, place) => place === 0 || (one.trim() && !/^(#{1,6}\s|\s*```|\s*>|\s*([-*+]|\d+[.)])\s)/.test(one)));
  return [el("p", {}, rows.flatMap((row, place) => [...(place ? [el("br")] : []), ...span(row)]))];
}

function taken(lines, fits) {
  const rows = [];
  while (lines.length && fits(lines[0], rows.length)) rows.push(lines.shift());
  return rows;
}

function fence(lines) {
  lines.shift();
  const rows = taken(lines, (one) => !/^\s*```/.test(one));
  lines.shift();
  return el("pre", {}, rows.join("\n"));
}

function list(lines) {
  const isOrdered = /^\s*\d/.test(lines[0]);
  const sign = isOrdered ? /^\s*\d+[.)]\s+/ : /^\s*[-*+•]\s+/;
  const rows = taken(lines, (one) => sign.test(one));
  return el(isOrdered ? "ol" : "ul", {}, rows.map((row) => el("li", {}, span(row.replace(sign, "")))));
}

function table(lines) {
  const cells = (row) => row.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim());
  const head = cells(lines.shift());
  const right = cells(lines.shift()).map((rule) => rule.endsWith(":") && !rule.startsWith(":"));
  const rows = taken(lines, (one) => one.includes("|"));
  const cell = (kind) => (text, place) => el(kind, { class: right[place] ? "right" : undefined, scope: kind === "th" ? "col" : undefined }, span(text));
  return el("div", { class: "wide", tabindex: "0", role: "group", "aria-label": "Table" },
    el("table", {}, el("thead", {}, el("tr", {}, head.map(cell("th")))), el("tbody", {}, rows.map((row) => el("tr", {}, cells(row).map(cell("td")))))));
}

function span(text) {
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(INLINE)) {
    nodes.push(text.slice(at, found.index), spanned(found));
    at = found.index + found[0].length;
  }
  return [...nodes, text.slice(at)].filter((node) => node !== "");
}

function spanned([, , code, bold, bold2, thin, thin2, gone, label, address, bare]) {
  if (code !== undefined) return el("code", {}, code);
  if (bold ?? bold2) return el("strong", {}, span(bold ?? bold2));
  if (thin ?? thin2) return el("em", {}, span(thin ?? thin2));
  if (gone) return el("del", {}, span(gone));
  return bare ? link(bare, bare) : link(address, label);
}
