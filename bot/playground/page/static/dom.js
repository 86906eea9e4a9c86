// Builds and updates elements. Text only ever becomes text nodes; nothing here parses markup.

const SVG = "http://www.w3.org/2000/svg";
const signs = new WeakMap();

/** Returns a new element: el("button", {class: "x", onclick: f}, "text", child, …). */
export function el(name, given = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "data") Object.assign(node.dataset, value);
    else if (key === "value") node.value = value;
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

export function iconButton(name, label, onclick, given = {}) {
  return el("button", { type: "button", class: "icon", "aria-label": label, title: label, onclick, ...given }, icon(name));
}

/** Makes the children of `parent` these rows ({key, sign, make}); what did not change stays as it is. */
export function patch(parent, rows) {
  const active = parent.contains(document.activeElement) ? document.activeElement : null;
  const row = active?.closest("[data-key]");
  const [key, focus] = [row?.dataset.key, active?.dataset.focus];
  const old = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  const wanted = rows.map((one) => {
    const known = old.get(one.key);
    if (known && signs.get(known) === one.sign) return known;
    const made = one.make();
    made.dataset.key = one.key;
    signs.set(made, one.sign);
    return made;
  });
  const kept = new Set(wanted);
  for (const node of [...parent.children]) if (!kept.has(node)) node.remove();
  wanted.forEach((node, place) => {
    if (parent.children[place] !== node) parent.insertBefore(node, parent.children[place] ?? null);
  });
  if (active && !active.isConnected && key) refocus(parent, key, focus);
}

function refocus(parent, key, focus) {
  const row = [...parent.children].find((node) => node.dataset.key === key);
  if (!row) return;
  const inside = focus && [...row.querySelectorAll("[data-focus]")].find((node) => node.dataset.focus === focus);
  (inside || row).focus({ preventScroll: true });
}

export const byId = (id) => document.getElementById(id);

let lastId = 0;
export const newId = (prefix) => `${prefix}-${(lastId += 1)}`;

const TIME = new Intl.DateTimeFormat([], { hour: "numeric", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat([], { weekday: "long", month: "long", day: "numeric" });

export const dateOf = (ts) => new Date(Number(ts) * 1000);
export const timeOf = (ts) => TIME.format(dateOf(ts));
export const dayOf = (ts) => dateOf(ts).toDateString();

export function dayName(ts) {
  const day = dayOf(ts);
  if (day === new Date().toDateString()) return "Today";
  if (day === new Date(Date.now() - 86_400_000).toDateString()) return "Yesterday";
  return DAY.format(dateOf(ts));
}

export function toast(text) {
  const box = byId("toasts");
  const one = el("p", { class: "toast" }, el("span", {}, text), iconButton("close", "Dismiss", () => one.remove()));
  box.append(one);
  setTimeout(() => one.remove(), 9000);
}

/** Says something to screen readers alone. */
export function announce(text) {
  const box = byId("heard");
  box.append(el("p", {}, text));
  while (box.children.length > 3) box.firstChild.remove();
}
