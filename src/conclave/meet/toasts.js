/** Short messages at the edge: what was refused, and what one should know now. */

import { $, el, icon } from "./dom.js";
import { sentence } from "./words.js";

const SECONDS = 7;
const SECONDS_REFUSED = 12;

/** @param {string} text @param {{label: string, run: () => void}} [action] */
export function tell(text, action) {
  show($("toasts"), "toast", text, SECONDS, action);
}

/** @param {unknown} error @param {{label: string, run: () => void}} [action] */
export function refuse(error, action) {
  show($("refusals"), "toast bad", sentence(error), SECONDS_REFUSED, action);
}

/** Say something to those who listen to the page instead of seeing it. */
export function announce(text) {
  $("announce").append(el("p", { text }));
  while ($("announce").children.length > 3) $("announce").firstChild.remove();
}

/** Do something; a refusal is said in words. @returns {Promise<any>} `undefined` when it failed. */
export async function attempt(work, action) {
  try {
    return (await work()) ?? true;
  } catch (error) {
    refuse(error, typeof action === "function" ? action(error) : action);
    return undefined;
  }
}

export function clear() {
  $("refusals").replaceChildren();
  $("toasts").replaceChildren();
}

function show(region, className, text, seconds, action) {
  const same = [...region.children].find((child) => child.querySelector("p").textContent === text);
  same?.remove();
  const toast = el("div", { class: className }, el("p", { text }));
  const remove = () => toast.remove();
  if (action) {
    const run = () => {
      remove();
      action.run();
    };
    toast.append(el("button", { type: "button", class: "act", text: action.label, onclick: run }));
  }
  toast.append(el("button", { type: "button", class: "round", "aria-label": "Dismiss", onclick: remove }, icon("close")));
  region.append(toast);
  while (region.children.length > 3) region.firstChild.remove();
  let timer = setTimeout(remove, seconds * 1000);
  toast.addEventListener("pointerenter", () => clearTimeout(timer));
  toast.addEventListener("focusin", () => clearTimeout(timer));
  toast.addEventListener("pointerleave", () => (timer = setTimeout(remove, seconds * 1000)));
}
