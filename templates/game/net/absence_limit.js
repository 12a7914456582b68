// The absence limit: how long somebody may look at another tab before the game ends.

/** Often enough for a limit of seconds; hidden pages run timers once a second. */
const LOOK_MS = 500;

export class AbsenceLimit {
  #limit;
  #hidden;
  #stopped = false;
  #now;
  #onOver;
  /** @type {number | null} */
  #since = null;
  /** @type {ReturnType<typeof setInterval>} */
  #timer;

  /**
   * @param {object} options
   * @param {number} options.limit ms
   * @param {() => boolean} options.hidden whether the page is hidden while a game is under way on it
   * @param {() => number} options.now ms
   * @param {() => void} options.onOver called once
   */
  constructor({ limit, hidden, now, onOver }) {
    this.#limit = limit;
    this.#hidden = hidden;
    this.#now = now;
    this.#onOver = onOver;
    this.#timer = setInterval(() => this.look(), LOOK_MS);
  }

  /** See how long it has been; also to be called when the page is shown again, as a frozen one runs no timer. */
  look() {
    if (this.#stopped) return;
    const over = this.#since !== null && this.#now() - this.#since > this.#limit;
    if (over) {
      this.stop();
      this.#onOver();
    } else if (!this.#hidden()) this.#since = null;
    else this.#since ??= this.#now();
  }

  /** Nothing comes of it any more. */
  stop() {
    this.#stopped = true;
    clearInterval(this.#timer);
  }
}
