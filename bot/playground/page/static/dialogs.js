// Modals of the app, and questions whether something is meant.

import { blocks, showWrong, valuesOf, wrongOf } from "./blocks.js";
import { el, iconButton, newId, toast } from "./dom.js";
import { doing, names, state, topModal } from "./state.js";
import { plainOf, textObject } from "./text.js";

// --- Is it meant? ---------------------------------------------------------------------------------

/** Asks, and returns whether the person said yes. */
export function confirm({ title, text, yes, no, isDanger = false }) {
  return new Promise((resolve) => {
    const name = newId("confirm");
    const end = (answer) => { dialog.close(); dialog.remove(); resolve(answer); };
    const dialog = el("dialog", { class: "confirm", role: "alertdialog", "aria-labelledby": name, "aria-describedby": `${name}-text`, oncancel: (event) => { event.preventDefault(); end(false); } },
      el("h2", { id: name }, title),
      el("div", { id: `${name}-text`, class: "text" }, text),
      el("div", { class: "row" },
        el("button", { type: "button", class: "press", onclick: () => end(false) }, no),
        el("button", { type: "button", class: `press ${isDanger ? "danger full" : "primary"}`, onclick: () => end(true) }, yes)));
    document.body.append(dialog);
    dialog.addEventListener("keydown", (event) => event.stopPropagation());
    dialog.showModal();
  });
}

/** Asks what a confirm object of Block Kit says. */
export function confirmObject(object) {
  return confirm({
    title: plainOf(object.title), text: textObject(object.text, names), yes: plainOf(object.confirm), no: plainOf(object.deny),
    isDanger: object.style === "danger",
  });
}

// --- Modals ---------------------------------------------------------------------------------------

let shown = null;

/** Shows my modal that is on top, or none; what was filled in stays when a view is replaced. */
export function drawModal() {
  const view = topModal();
  if (!view) return void hide();
  if (shown?.view.id === view.id && shown.view.hash === view.hash) return;
  const before = shown?.view.id === view.id ? shown.fields : undefined;
  if (shown && shown.view.id !== view.id) hide();
  const dialog = shown?.dialog ?? opened();
  const fields = new Map();
  shown = { view, dialog, fields };
  dialog.replaceChildren(...inside(view, fields, before));
  if (!before) firstField(dialog)?.focus({ preventScroll: true });
}

function opened() {
  const dialog = el("dialog", { class: "modal", "aria-labelledby": "modal-title", oncancel: (event) => { event.preventDefault(); leave(); } });
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

function hide() {
  shown?.dialog.close();
  shown?.dialog.remove();
  shown = null;
}

const firstField = (dialog) => dialog.querySelector("[autofocus]") ?? dialog.querySelector(".body input, .body textarea, .body button, .foot .primary, .foot button");

function leave() {
  const id = shown?.view.id;
  if (!id) return;
  state.views.delete(id);
  hide();
  drawModal();
  doing("close", { view: id });
}

function inside(view, fields, before) {
  const at = { names, fields, before, confirm: confirmObject, press: (element, block, value) => press(view, fields, element, value) };
  const body = el("div", { class: "body", tabindex: "-1", oninput: mended }, blocks(view.blocks, at));
  const form = el("form", { novalidate: true, onsubmit: (event) => { event.preventDefault(); submit(view, fields, body, form); } },
    el("header", {}, el("img", { src: "/page/static/mark.svg", alt: "", width: "24", height: "24" }), el("h2", { id: "modal-title" }, plainOf(view.title)), iconButton("close", "Close", leave)),
    body,
    el("footer", { class: "foot" },
      el("p", { class: "trouble", role: "alert" }),
      el("button", { type: "button", class: "press", onclick: leave }, plainOf(view.close) || "Cancel"),
      view.submit && el("button", { type: "submit", class: "press primary", disabled: view.submit_disabled }, plainOf(view.submit))));
  return [form];
}

/** What is being changed is no longer called wrong. */
function mended(event) {
  const place = event.target.closest("[data-block]");
  place?.classList.remove("is-wrong");
  event.target.removeAttribute("aria-invalid");
  const error = place?.querySelector(".error");
  if (error) error.hidden = true;
}

async function press(view, fields, element, value) {
  const done = await doing("press", { user: state.me, view: view.id, action: element.action_id, value, values: valuesOf(fields) });
  if (done?.error) toast(`should-finetune did not answer (${done.error}).`);
}

async function submit(view, fields, body, form) {
  const button = form.querySelector("[type=submit]");
  if (!button || button.getAttribute("aria-busy") === "true") return;
  const trouble = form.querySelector(".trouble");
  trouble.textContent = "";
  if (showWrong(body, fields, wrongOf(fields))) return;
  button.setAttribute("aria-busy", "true");
  const done = await doing("submit", { user: state.me, view: view.id, values: valuesOf(fields) });
  button.removeAttribute("aria-busy");
  if (!done || done.error) trouble.textContent = "We had some trouble connecting. Try again?";
  else if (done.action === "errors") showWrong(body, fields, done.errors);
}
