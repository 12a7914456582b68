// The keyboard: listens on the window while a game is played and feeds the key state.

/** @typedef {import("./key_state.js").KeyState} KeyState */

/** Keys that go with others and start nothing by themselves. */
const MODIFIERS = new Set(["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "NumLock", "Fn", "Tab", "Escape"]);

/**
 * Whether a key says "go on": not one that belongs to the browser or to a screen reader.
 *
 * @param {KeyboardEvent} event
 * @returns {boolean}
 */
export function goesOn(event) {
  if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return false;
  return !MODIFIERS.has(event.key) && !/^F\d+$/.test(event.key);
}

/** Feeds key events to a KeyState while enabled. */
export class Keyboard {
  #state;
  #enabled = false;

  /**
   * @param {Window} target
   * @param {KeyState} state
   */
  constructor(target, state) {
    this.#state = state;
    target.addEventListener("keydown", (event) => this.#down(event));
    target.addEventListener("keyup", (event) => state.release(event));
    target.addEventListener("blur", () => state.releaseAll());
  }

  /** Listen; a key held since before counts only once it is pressed anew. */
  enable() {
    this.#state.clear();
    this.#enabled = true;
  }

  /** Leave every key to the browser. */
  disable() {
    this.#enabled = false;
    this.#state.clear();
  }

  /** @returns {ReturnType<KeyState["sample"]>} */
  sample() {
    return this.#state.sample();
  }

  /** @param {KeyboardEvent} event */
  #down(event) {
    if (!this.#enabled || event.isComposing) return;
    // Ctrl+R and the like stay the browser's, unless the modifier itself is bound.
    if (!this.#state.bindsModifiers(event)) return;
    const { code, key, repeat } = event;
    const at = performance.timeOrigin + event.timeStamp;
    if (this.#state.press({ code, key, repeat, at })) event.preventDefault();
  }
}
