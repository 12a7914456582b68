// Local input: what the player here does, kept until a frame takes it.

/** @typedef {{actions: Map<any, unknown>, isFocused: Map<any, boolean>, keypress: number | null}} TakenInput */

/** Frames do not open while others are waited for; a key pressed meanwhile must not be lost, nor an old one held on to. */
export class LocalInput {
  #take;
  #once;
  /** @type {TakenInput | null} */
  #held = null;

  /**
   * @param {() => TakenInput} take reads the keys; a keystroke or a tap is taken out of them
   * @param {"pressed_keys" | "single_keystroke"} mode
   */
  constructor(take, mode) {
    this.#take = take;
    this.#once = mode === "single_keystroke";
  }

  /** @returns {TakenInput} what the next frame is to take */
  next() {
    const held = this.#held;
    if (held?.keypress && this.#once) return held;
    const fresh = this.#take();
    // A tap that is over before a frame opens still counts for one.
    this.#held = fresh.keypress === null && held?.keypress ? held : fresh;
    return this.#held;
  }

  /** A frame took it. */
  taken() {
    this.#held = null;
  }
}
