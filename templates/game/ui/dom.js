// Small helpers for making the page's elements.

/**
 * Make an element.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string | null} [className]
 * @param {...(Node | string)} children text stays text: nothing is parsed as HTML
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, className = null, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/**
 * @param {string} label
 * @param {() => void} onClick
 * @returns {HTMLButtonElement}
 */
export function button(label, onClick) {
  const element = el("button", "button", label);
  element.type = "button";
  element.addEventListener("click", onClick);
  return element;
}

/**
 * @param {string} id
 * @returns {HTMLElement}
 * @throws {Error} when the page has no such element
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no element #${id}; its index.html is not the one it was built with.`);
  return element;
}
