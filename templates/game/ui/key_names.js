// Key names as they are printed on keyboards.
import { splitKeys } from "../input/bindings.js";

const PRINTED = Object.freeze(
  /** @type {Record<string, string>} */ ({
    ArrowUp: "↑",
    ArrowDown: "↓",
    ArrowLeft: "←",
    ArrowRight: "→",
    " ": "Space",
    Escape: "Esc",
    Control: "Ctrl",
    PageUp: "Page ↑",
    PageDown: "Page ↓",
  }),
);

/**
 * The single keys that a table of controls uses, in its order; combinations are made of them.
 *
 * @param {readonly string[]} names `event.key` names and combinations
 * @returns {string[]} what to print on each key
 */
export function keyCaps(names) {
  const keys = new Set(names.flatMap(splitKeys));
  return [...keys].map((key) => PRINTED[key] ?? (key.length === 1 ? key.toUpperCase() : key));
}
