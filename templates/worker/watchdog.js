// A deadline that measures the time this thread was running, so that a laptop lid is not a timeout.

/** A frozen page eats one slice at most; what was posted meanwhile is read before the next one ends. */
const SLICES = 5;

export class Watchdog {
  #slice;
  #onExpire;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #left = 0;

  /**
   * @param {number} ms how long to wait from `feed()`
   * @param {() => void} onExpire called once, unless fed or stopped
   */
  constructor(ms, onExpire) {
    this.#slice = ms / SLICES;
    this.#onExpire = onExpire;
  }

  /** Start, or start again. */
  feed() {
    this.#left = SLICES;
    if (this.#timer === undefined) this.#arm();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm() {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (--this.#left > 0) this.#arm();
      else this.#onExpire();
    }, this.#slice);
  }
}
