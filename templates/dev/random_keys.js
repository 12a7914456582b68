// Random keys: plays for a player whom nobody's hands are free for.

/** Bounds of how long a key is held, and how long none is, in ms. */
const HELD = [60, 500];
const FREE = [0, 300];

/** @param {number[]} bounds */
const between = ([least, most]) => least + Math.random() * (most - least);

export class RandomKeys {
  #press;
  #keys;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {string | null} */
  #held = null;

  /**
   * @param {() => readonly string[]} keys as `event.key` names them; combinations are left out
   * @param {(type: "keydown" | "keyup", key: string) => void} press
   */
  constructor(keys, press) {
    this.#keys = keys;
    this.#press = press;
  }

  get running() {
    return this.#timer !== undefined;
  }

  start() {
    if (!this.running) this.#next();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#release();
  }

  #next() {
    const single = this.#keys().filter((key) => key.length === 1 || !key.includes("+"));
    if (this.#held === null && single.length > 0) {
      this.#held = single[Math.floor(Math.random() * single.length)];
      this.#press("keydown", this.#held);
      this.#timer = setTimeout(() => this.#next(), between(HELD));
    } else {
      this.#release();
      this.#timer = setTimeout(() => this.#next(), between(FREE));
    }
  }

  #release() {
    if (this.#held !== null) this.#press("keyup", this.#held);
    this.#held = null;
  }
}
