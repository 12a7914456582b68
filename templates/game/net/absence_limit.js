// The absence limit: how long somebody may look at another tab before the game ends.

/** Often enough for a limit of seconds; hidden pages run timers once a second. */
const LOOK_MS = 500;

export class AbsenceLimit {
  #limit;
  #hidden;
  #playing;
  #begun = false;
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
   * @param {() => boolean} options.hidden whether the page is hidden while there is something to play
   * @param {() => boolean} options.playing whether a round is played; from the first on the time between rounds counts too
   * @param {() => number} options.now ms
   * @param {() => void} options.onOver called once
   */
  constructor({ limit, hidden, playing, now, onOver }) {
    this.#limit = limit;
    this.#hidden = hidden;
    this.#playing = playing;
    this.#now = now;
    this.#onOver = onOver;
    this.#timer = setInterval(() => this.look(), LOOK_MS);
  }

  /** See how long it has been; also to be called when the page is shown again, as a frozen one runs no timer. */
  look() {
    if (this.#stopped) return;
    this.#begun ||= this.#playing();
    const over = this.#since !== null && this.#now() - this.#since > this.#limit;
    if (over) {
      this.stop();
      this.#onOver();
    } else if (!this.#begun || !this.#hidden()) this.#since = null;
    else this.#since ??= this.#now();
  }

  /** Nothing comes of it any more. */
  stop() {
    this.#stopped = true;
    clearInterval(this.#timer);
  }
}
