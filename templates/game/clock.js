// Tick arithmetic: when a fixed-rate tick is due, without drift, and how many are owed after a stall.

/** Ticks made up for at once after a stall; older ones are dropped, or a long stall would end in a burst. */
export const MAX_CATCH_UP = 3;

/** Counts the ticks of a fixed rate from one origin, so that the error of one timer never adds to the next. */
export class TickClock {
  #origin;
  #interval;
  #count = 0;

  /**
   * @param {number} origin time of tick 0, in ms
   * @param {number} interval between ticks, in ms
   */
  constructor(origin, interval) {
    if (!(interval > 0)) throw new RangeError(`A tick interval is a positive number of milliseconds, not ${interval}.`);
    this.#origin = origin;
    this.#interval = interval;
  }

  /**
   * Change the rate; the ticks taken so far stay where they were.
   *
   * @param {number} interval between ticks, in ms
   */
  pace(interval) {
    this.#origin = this.due - this.#interval;
    this.#count = 0;
    this.#interval = interval;
  }

  /** Time at which the next tick is due, in ms. */
  get due() {
    return this.#origin + (this.#count + 1) * this.#interval;
  }

  /**
   * How long to sleep until the next tick: rounded up, because timers drop the fraction and would fire early.
   *
   * @param {number} now in ms
   * @returns {number} whole milliseconds, at least 0
   */
  delay(now) {
    return Math.max(0, Math.ceil(this.due - now));
  }

  /**
   * Take the ticks that are due.
   *
   * @param {number} now in ms
   * @returns {{ticks: number, dropped: number}} ticks to run now, at most MAX_CATCH_UP, and those given up
   */
  take(now) {
    let owed = Math.max(0, Math.floor((now - this.#origin) / this.#interval) - this.#count);
    if (owed === 0 && now >= this.due) owed = 1;
    this.#count += owed;
    const ticks = Math.min(owed, MAX_CATCH_UP);
    return { ticks, dropped: owed - ticks };
  }
}
