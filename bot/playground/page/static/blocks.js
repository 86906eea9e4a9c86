// Block Kit: every block and element that is sent, as elements that can be pressed and filled in.

import { el, icon, newId } from "./dom.js";
import { menu } from "./menu.js";
import { markdown, plainOf, textObject } from "./text.js";

/**
 * Returns the nodes of blocks. `at` is where they stand: {names, press(element, block, value, node),
 * confirm(dialog), fields}. Where `fields` (a Map) is given, what is filled in is kept there, by block and
 * action; elements of input blocks are not dispatched, as in Slack.
 */
export function blocks(list, at) {
  return list.map((block) => {
    const node = BLOCKS[block.type]?.(block, at) ?? unknown(block);
    node.classList.add("block", `b-${block.type}`);
    return node;
  });
}

const unknown = (block) => el("p", { class: "unknown" }, `A block of the type “${block.type}” cannot be shown here.`);

const BLOCKS = {
  header: (block) => el("h3", {}, plainOf(block.text)),
  divider: () => el("hr"),
  markdown: (block) => el("div", { class: "markdown" }, markdown(block.text)),
  image: (block) => image(block),
  section: (block, at) => el("div", {},
    el("div", { class: "words" },
      block.text && el("div", { class: "text" }, textObject(block.text, at.names)),
      block.fields && el("div", { class: "fields" }, block.fields.map((field) => el("div", {}, textObject(field, at.names))))),
    block.accessory && el("div", { class: "accessory" }, element(block.accessory, block, at))),
  context: (block, at) => el("div", {}, block.elements.map((one) =>
    one.type === "image" ? image(one) : el("div", { class: "text" }, textObject(one, at.names)))),
  actions: (block, at) => el("div", {}, block.elements.map((one) => element(one, block, at))),
  input: (block, at) => input(block, at),
};

/** Nothing is loaded from elsewhere: of a picture there is its description, and a link to it. */
function image(block) {
  return el("p", { class: "picture" }, "Picture: ", el("a", { href: block.image_url, target: "_blank", rel: "noopener noreferrer" }, block.alt_text));
}

function element(one, block, at) {
  return ELEMENTS[one.type]?.(one, block, at) ?? unknown(one);
}

const ELEMENTS = {
  button,
  image,
  static_select: select,
  multi_static_select: select,
  checkboxes: choices,
  radio_buttons: choices,
  plain_text_input: written,
  number_input: written,
};

function button(one, block, at) {
  const node = el("button", {
    type: "button", class: `press ${one.style ?? ""}`, "aria-label": one.accessibility_label,
    data: { focus: focusOf(block, one) },
    onclick: () => pressed(one, block, at, one.value ?? null, node),
  }, plainOf(one.text));
  return node;
}

const focusOf = (block, one) => `${block.block_id}/${one.action_id}/${one.value ?? ""}`;

async function pressed(one, block, at, value, node, undo) {
  if (node.getAttribute("aria-busy") === "true") return;
  if (one.confirm && !(await at.confirm(one.confirm))) return void undo?.();
  if (one.url && /^https?:/i.test(one.url)) window.open(one.url, "_blank", "noopener,noreferrer");
  node.setAttribute("aria-busy", "true");
  await at.press(one, block, value, node);
  node.removeAttribute("aria-busy");
}

/** Whether choosing is told to the app at once; in an input block only where it asks for it. */
const isTold = (block) => block.type !== "input" || block.dispatch_action === true;

const optionOf = (option) => ({ value: option.value, label: plainOf(option.text), hint: plainOf(option.description) });

function select(one, block, at) {
  const several = one.type === "multi_static_select";
  const initial = several ? (one.initial_options ?? []) : [one.initial_option].filter(Boolean);
  const first = initial.map((option) => option.value);
  const made = menu({
    options: one.options.map(optionOf), chosen: kept(block, one, at) ?? first, several,
    most: one.max_selected_items, placeholder: plainOf(one.placeholder) || "Choose",
    label: plainOf(one.placeholder) || "Choose", labelledBy: at.labelledBy, focus: focusOf(block, one),
    onchoose: (values) => isTold(block) && pressed(one, block, at, several ? values : values[0], made.button, () => made.set(first)),
  });
  keep(block, one, at, { node: made.button, get: () => (several ? made.get() : (made.get()[0] ?? null)), raw: made.get });
  return made.box;
}

function choices(one, block, at) {
  const several = one.type === "checkboxes";
  const initial = several ? (one.initial_options ?? []) : [one.initial_option].filter(Boolean);
  const held = kept(block, one, at) ?? initial.map((option) => option.value);
  const name = newId("choice");
  const inputs = one.options.map((option) => el("input", {
    type: several ? "checkbox" : "radio", name, value: option.value, id: newId("option"),
    checked: held.includes(option.value), data: { focus: `${focusOf(block, one)}${option.value}` },
    onchange: (event) => isTold(block) && pressed(one, block, at, several ? raw() : raw()[0], event.target),
  }));
  const raw = () => inputs.filter((input) => input.checked).map((input) => input.value);
  const rows = one.options.map((option, place) => el("label", { for: inputs[place].id }, inputs[place],
    el("span", {}, textObject(option.text, at.names), option.description && el("small", {}, textObject(option.description, at.names)))));
  const box = el("div", { class: "choices", role: several ? "group" : "radiogroup", "aria-labelledby": at.labelledBy }, rows);
  keep(block, one, at, { node: inputs[0], get: () => (several ? raw() : (raw()[0] ?? null)), raw });
  return box;
}

function written(one, block, at) {
  const isNumber = one.type === "number_input";
  const given = {
    class: "written", id: at.labelFor, placeholder: plainOf(one.placeholder) || undefined, autocomplete: "off",
    maxlength: one.max_length, value: kept(block, one, at) ?? one.initial_value ?? "",
    data: { focus: focusOf(block, one) }, "aria-describedby": at.describedBy,
  };
  const node = one.multiline ? el("textarea", { rows: "4", ...given }) : el("input", { type: "text", inputmode: isNumber ? "decimal" : undefined, ...given });
  if (one.focus_on_load) node.setAttribute("autofocus", "");
  if (block.dispatch_action) node.addEventListener("change", () => pressed(one, block, at, node.value, node));
  keep(block, one, at, {
    node, get: () => node.value.trim() || null, raw: () => node.value,
    wrong: () => (isNumber ? wrongNumber(one, node.value.trim()) : wrongText(one, node.value.trim())),
  });
  return node;
}

function wrongNumber(one, text) {
  if (!text) return "";
  const pattern = one.is_decimal_allowed ? /^-?\d+(\.\d+)?$/ : /^-?\d+$/;
  if (!pattern.test(text)) return one.is_decimal_allowed ? "Enter a number, such as 12 or 12.5." : "Enter a whole number.";
  if (one.min_value !== undefined && Number(text) < Number(one.min_value)) return `Enter a number of at least ${one.min_value}.`;
  if (one.max_value !== undefined && Number(text) > Number(one.max_value)) return `Enter a number of at most ${one.max_value}.`;
  return "";
}

function wrongText(one, text) {
  return text && text.length < (one.min_length ?? 0) ? `Write at least ${one.min_length} characters.` : "";
}

function input(block, at) {
  const [label, field, hint, error] = ["label", "field", "hint", "error"].map(newId);
  const isSingle = ["plain_text_input", "number_input"].includes(block.element.type);
  const inside = { ...at, labelledBy: label, labelFor: field, describedBy: `${hint} ${error}` };
  const held = element(block.element, block, inside);
  const name = [plainOf(block.label), block.optional && el("span", { class: "optional" }, " (optional)")];
  return el("div", { data: { block: block.block_id } },
    el(isSingle ? "label" : "div", { class: "label", id: label, for: isSingle ? field : undefined }, name),
    held,
    el("p", { class: "error", id: error, hidden: true }),
    el("p", { class: "hint", id: hint, hidden: !block.hint }, plainOf(block.hint)));
}

// --- What is filled in ----------------------------------------------------------------------------

const keyOf = (block, one) => `${block.block_id}\n${one.action_id}`;

function keep(block, one, at, field) {
  at.fields?.set(keyOf(block, one), { block, element: one, ...field });
}

/** Returns what a person had filled in before a view was replaced, for the same block and action. */
function kept(block, one, at) {
  return at.before?.get(keyOf(block, one))?.raw();
}

/** Returns everything that is filled in, as {block: {action: value}}. */
export function valuesOf(fields) {
  const values = {};
  for (const { block, element: one, get } of fields.values()) {
    values[block.block_id] = { ...values[block.block_id], [one.action_id]: get() };
  }
  return values;
}

/** Returns what is wrong before anything is sent, by block. */
export function wrongOf(fields) {
  const wrong = {};
  for (const { block, get, wrong: found } of fields.values()) {
    const isEmpty = get() === null || get().length === 0;
    if (block.type !== "input") continue;
    if (isEmpty && !block.optional) wrong[block.block_id] = "Please complete this required field.";
    else if (found?.()) wrong[block.block_id] = found();
  }
  return wrong;
}

/** Shows what is wrong at each field, and goes to the first of them. */
export function showWrong(box, fields, wrong) {
  let first = null;
  for (const { block, node } of fields.values()) {
    const text = wrong[block.block_id] ?? "";
    const place = [...box.querySelectorAll("[data-block]")].find((one) => one.dataset.block === block.block_id);
    const error = place?.querySelector(".error");
    if (!error) continue;
    error.replaceChildren(...(text ? [icon("close"), text] : []));
    error.hidden = !text;
    place.classList.toggle("is-wrong", Boolean(text));
    if (text) node.setAttribute("aria-invalid", "true");
    else node.removeAttribute("aria-invalid");
    if (text) first ??= node;
  }
  first?.focus();
  first?.scrollIntoView({ block: "center" });
  return first !== null;
}
