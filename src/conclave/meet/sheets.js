/** The page's one dialog, filled for each purpose: actions, questions, forms. */

import { $, el, icon } from "./dom.js";

const sheet = $("sheet");
let opened = 0;

sheet.addEventListener("click", (event) => {
  if (event.target === sheet) sheet.close(); // the backdrop
});
sheet.addEventListener("close", () => {
  if (!sheet.open) document.body.append($("said"));
});
$("sheet-close").addEventListener("click", () => sheet.close());

/**
 * Show the dialog; focus goes back to where it was when it closes.
 * @param {string} title @param {string} text @param {...Node} body
 * @returns {Promise<void>} Resolved when it is closed.
 */
export function open(title, text, ...body) {
  opened += 1;
  const mine = opened;
  $("sheet-title").textContent = title;
  $("sheet-text").textContent = text;
  $("sheet-text").hidden = !text;
  $("sheet-body").replaceChildren(...body);
  if (!sheet.open) sheet.showModal();
  sheet.append($("said")); // what is outside of an open dialog is neither heard nor reached
  (sheet.querySelector("#sheet-body [autofocus]") ?? sheet.querySelector("#sheet-body button, #sheet-body input"))?.focus();
  return new Promise((resolve) => {
    const closed = () => {
      if (mine === opened && sheet.open) return; // the news of an earlier one's end
      sheet.removeEventListener("close", closed);
      if (mine === opened) resolve();
    };
    sheet.addEventListener("close", closed);
  });
}

export function close() {
  if (sheet.open) sheet.close();
}

/** A list of actions; each closes the dialog first. @param {string} title @param {string} text @param {any[]} actions */
export function actions(title, text, actions) {
  const buttons = actions.map((action) => {
    if (action === null) return el("hr");
    const run = () => {
      close();
      action.run();
    };
    return el("button", { type: "button", class: action.danger ? "quiet danger" : "quiet", onclick: run },
      icon(action.icon), el("span", { text: action.label }));
  });
  return open(title, text, el("div", { class: "actions" }, ...buttons));
}

/** Ask before something that cannot be undone. @returns {Promise<boolean>} */
export async function confirm(title, text, label) {
  let agreed = false;
  const answer = (yes) => () => {
    agreed = yes;
    close();
  };
  const no = el("button", { type: "button", onclick: answer(false), text: "Cancel" });
  const yes = el("button", { type: "button", class: "danger", onclick: answer(true), text: label });
  await open(title, text, el("div", { class: "both" }, no, yes));
  return agreed;
}

/** Ask for a line of text. @returns {Promise<string | null>} `null` when nothing is to be changed. */
export async function prompt(title, text, label, value, maxlength) {
  let said = null;
  const input = el("input", { id: "prompt-input", maxlength, autocomplete: "off", autofocus: true });
  input.value = value;
  const submit = (event) => {
    event.preventDefault();
    said = input.value;
    close();
  };
  const form = el("form", { class: "row", onsubmit: submit },
    el("div", { class: "field" }, el("label", { for: "prompt-input", text: label }), input),
    el("button", { type: "submit", class: "primary", text: "Save" }));
  await open(title, text, form);
  return said;
}
