/** Building and keeping elements. Everything that people wrote goes in as text, never as markup. */

const SVG = "http://www.w3.org/2000/svg";

/** @param {string} id @returns {any} */
export const $ = (id) => document.getElementById(id);

/**
 * Make an element. `props` are attributes, but for `text`, `on…` (handlers) and `class`; `true` sets an attribute
 * without a value, `false` and `null` leave it out.
 * @param {string} name @param {object} [props] @param {...(Node | string | null)} children @returns {any}
 */
export function el(name, props = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(props)) {
    if (key === "text") element.textContent = value;
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** @param {string} name Of a symbol of index.html. @param {string} [label] What it says to whoever does not see it. */
export function icon(name, label = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  if (!label) return svg;
  return el("span", { title: label }, svg, el("span", { class: "visually-hidden", text: label }));
}

/** Change the icon of a button. @param {HTMLElement} button @param {string} name */
export function setIcon(button, name) {
  const use = button.querySelector("use");
  if (use.getAttribute("href") !== `#i-${name}`) use.setAttribute("href", `#i-${name}`);
}

/** Set a text only where it differs, so that live regions do not repeat it. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Let a list show items: an element is kept for as long as its item is there, so that focus stays where it is.
 * @template T
 * @param {HTMLElement} list @param {T[]} items @param {(item: T) => string} keyOf
 * @param {(item: T, element: any) => void} show Fills the element; called again only when what it shows has changed.
 * @param {(item: T) => string} [face] What it depends on.
 */
export function showList(list, items, keyOf, show, face = JSON.stringify) {
  const known = new Map([...list.children].map((child) => [/** @type {any} */ (child).dataset.key, child]));
  let before = list.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let element = known.get(key);
    known.delete(key);
    if (!element) {
      element = el("li");
      element.dataset.key = key;
    }
    const now = face(item);
    if (element.face !== now) {
      element.face = now;
      refill(element, () => show(item, element));
    }
    if (element === before) before = before.nextElementSibling;
    else list.insertBefore(element, before);
  }
  for (const left of known.values()) {
    if (left === before) before = before.nextElementSibling;
    left.remove();
  }
}

/** Fill an element anew; a control in it that had the focus has it again. */
function refill(element, fill) {
  const focused = element.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
  element.replaceChildren();
  fill();
  if (focused !== undefined) {
    const again = element.querySelector(`[data-focus="${CSS.escape(focused)}"]`) ?? element.querySelector("button");
    again?.focus();
  }
}

/** A circle with initials, in a colour of the person's own. */
export function avatar(user) {
  const name = nameOf(user);
  const letters = [...name.trim()];
  const second = name.trim().split(/\s+/)[1];
  const initials = (letters[0] ?? "?") + (second ? [...second][0] : "");
  const circle = el("span", { class: "avatar", "aria-hidden": "true", text: initials.toUpperCase() });
  circle.style.setProperty("--hue", String(hueOf(user.userId)));
  return circle;
}

function hueOf(id) {
  let hash = 7;
  for (const letter of id) hash = (hash * 31 + letter.codePointAt(0)) % 3600;
  return Math.round(hash / 10);
}

/** How somebody is called in the room; without characters that would turn round what is written around it. */
export function nameOf(user) {
  return (user.nameCard || user.userName || user.userId).replace(/[\u202a-\u202e\u2066-\u2069]/g, "");
}
