// The tick loop: one step at a time, however late its answer comes.

/** A tick that came while a step was under way is made up for, once: more would be a burst after a slow step. */
const MAX_OWED = 1;

/**
 * @typedef {object} TickHooks
 * @property {() => Promise<void>} step what a tick does
 * @property {(dropped: number) => void} late told how many ticks a stall made the timer drop
 * @property {() => void} early a tick came while a step is under way
 * @property {(error: unknown) => void} fail told what a step threw
 */

/** Turns ticks into steps, never two at a time. */
export class TickLoop {
  #ticker;
  #hooks;
  #running = false;
  #inFlight = false;
  #owed = 0;

  /**
   * @param {Pick<import("./ticker.js").Ticker, "start" | "pace" | "stop">} ticker
   * @param {TickHooks} hooks
   */
  constructor(ticker, hooks) {
    this.#ticker = ticker;
    this.#hooks = hooks;
  }

  /** @param {number} interval between ticks, in ms */
  start(interval) {
    this.#owed = 0;
    this.#running = true;
    this.#ticker.start(interval, (dropped) => this.#onTick(dropped));
  }

  /** @param {number} interval from the last tick on, in ms */
  pace(interval) {
    this.#ticker.pace(interval);
  }

  /** No step begins after this; one that is under way still ends. */
  stop() {
    this.#running = false;
    this.#ticker.stop();
  }

  /** @param {number} dropped */
  #onTick(dropped) {
    if (!this.#running) return;
    if (dropped) this.#hooks.late(dropped);
    if (!this.#inFlight) {
      void this.#tick();
      return;
    }
    this.#owed = Math.min(this.#owed + 1, MAX_OWED);
    try {
      this.#hooks.early();
    } catch (error) {
      this.#hooks.fail(error);
    }
  }

  async #tick() {
    this.#inFlight = true;
    try {
      do await this.#hooks.step();
      while (this.#running && this.#owed-- > 0);
    } catch (error) {
      this.#hooks.fail(error);
    } finally {
      this.#owed = 0;
      this.#inFlight = false;
    }
  }
}
