// A button that opens a list to choose from: one line of it, or several.

import { el, icon, newId } from "./dom.js";

/**
 * Returns a menu. `options` are {value, label, hint}; `chosen` is a list of values. `onchoose` hears
 * the chosen values: at once where one is chosen, and when the list closes where several are.
 */
export function menu({ options, chosen = [], several = false, most = Infinity, placeholder = "Choose", label, labelledBy, onchoose, focus, quiet = false }) {
  let held = [...chosen];
  let before = "";
  let active = 0;
  let typed = "";
  let forgetTyped = 0;
  const id = newId("menu");
  const shown = el("span", { class: "chosen", id: `${id}-shown` });
  const button = el("button", {
    type: "button", class: "menu", "aria-haspopup": "listbox", "aria-expanded": "false", "aria-controls": id,
    "aria-labelledby": labelledBy ? `${labelledBy} ${id}-shown` : undefined,
    data: focus ? { focus } : {}, onclick: () => (list.matches(":popover-open") ? close() : open()), onkeydown: onButtonKey,
  }, shown, icon("down"));
  const rows = options.map((option, place) => el("li", {
    role: "option", id: `${id}-${place}`, "aria-selected": "false", onclick: () => choose(place), onpointermove: () => point(place),
  }, icon("check"), el("span", {}, option.label, option.hint && el("small", {}, option.hint))));
  const list = el("ul", {
    id, class: "popup", role: "listbox", popover: "auto", tabindex: "-1", "aria-multiselectable": several ? "true" : undefined,
    "aria-label": label ?? placeholder, onkeydown: onListKey, ontoggle: onToggle,
  }, rows);
  const box = el("span", { class: "menubox" }, button, list);
  show();
  return { box, button, get: () => held, set: (values) => { held = [...values]; show(); } };

  function show() {
    const labels = options.filter((option) => held.includes(option.value)).map((option) => option.label);
    const texts = quiet || !labels.length ? [placeholder] : several ? labels : labels.slice(0, 1);
    shown.replaceChildren(...texts.map((text) => el("span", { class: several && labels.length ? "chip" : "one" }, text)));
    shown.classList.toggle("empty", !labels.length && !quiet);
    rows.forEach((row, place) => row.setAttribute("aria-selected", String(held.includes(options[place].value))));
    if (!labelledBy) button.setAttribute("aria-label", [label, quiet ? "" : labels.join(", ")].filter(Boolean).join(": ") || placeholder);
  }

  function open() {
    before = held.join();
    list.showPopover();
    moveBeside();
    point(Math.max(0, options.findIndex((option) => held.includes(option.value))));
    list.focus({ preventScroll: true });
  }

  function moveBeside() {
    const at = button.getBoundingClientRect();
    const [below, above] = [innerHeight - at.bottom - 12, at.top - 12];
    const isBelow = below >= Math.min(list.scrollHeight, 260) || below >= above;
    list.style.minWidth = `${Math.min(at.width, innerWidth - 16)}px`;
    list.style.maxHeight = `${Math.min(isBelow ? below : above, 340)}px`;
    const [wide, high] = [list.offsetWidth, list.offsetHeight];
    list.style.left = `${Math.max(8, Math.min(at.left, innerWidth - wide - 8))}px`;
    list.style.top = `${isBelow ? at.bottom + 4 : at.top - high - 4}px`;
  }

  function close() {
    list.hidePopover();
    button.focus({ preventScroll: true });
  }

  function onToggle(event) {
    const isOpen = event.newState === "open";
    button.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen && several && held.join() !== before) onchoose?.(held);
  }

  function point(place) {
    active = Math.max(0, Math.min(place, rows.length - 1));
    rows.forEach((row, one) => row.classList.toggle("active", one === active));
    list.setAttribute("aria-activedescendant", rows[active]?.id ?? "");
    rows[active]?.scrollIntoView({ block: "nearest" });
  }

  function choose(place) {
    const { value } = options[place];
    if (several) {
      held = held.includes(value) ? held.filter((one) => one !== value) : [...held, value].slice(0, most);
      show();
      moveBeside();
      return;
    }
    held = [value];
    show();
    close();
    onchoose?.(held);
  }

  function onButtonKey(event) {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    open();
  }

  function onListKey(event) {
    const moves = { ArrowDown: active + 1, ArrowUp: active - 1, Home: 0, End: rows.length - 1, PageDown: active + 8, PageUp: active - 8 };
    event.stopPropagation();
    if (event.key in moves) point(moves[event.key]);
    else if (event.key === "Enter" || (event.key === " " && !typed)) choose(active);
    else if (event.key === "Escape" || event.key === "Tab") close();
    else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) search(event.key);
    else return;
    if (event.key !== "Tab") event.preventDefault();
  }

  function search(sign) {
    clearTimeout(forgetTyped);
    forgetTyped = setTimeout(() => { typed = ""; }, 700);
    typed += sign.toLowerCase();
    const found = options.findIndex((option) => option.label.toLowerCase().startsWith(typed));
    if (found >= 0) point(found);
  }
}
