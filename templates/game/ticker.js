// The page's side of the timer worker: start and stop ticks, and sleep.

/** @typedef {import("./timer_worker.js").TimerEvent} TimerEvent */

/** Ticks at a fixed rate, also in a hidden tab. */
export class Ticker {
  #worker;
  /** @type {((dropped: number) => void) | null} */
  #onTick = null;
  /** Start and stop messages sent: a tick of an earlier run may still be under way after a stop. */
  #run = 0;
  #slept = 0;
  /** @type {Map<number, () => void>} */
  #sleepers = new Map();

  /**
   * @param {Worker} worker running timer_worker.js
   * @param {(error: Error) => void} fail called when the worker cannot run
   */
  constructor(worker, fail) {
    this.#worker = worker;
    worker.addEventListener("message", (/** @type {MessageEvent<TimerEvent>} */ { data }) => this.#hear(data));
    worker.addEventListener("error", (event) => fail(new Error(`The page's timer could not start. ${event.message ?? ""}`.trim())));
  }

  /**
   * @param {number} interval between ticks, in ms
   * @param {(dropped: number) => void} onTick told how many ticks a stall made it drop
   */
  start(interval, onTick) {
    this.#run += 1;
    this.#onTick = onTick;
    this.#worker.postMessage({ type: "start", interval });
  }

  /** @param {number} interval between ticks from the last one on, in ms */
  pace(interval) {
    this.#worker.postMessage({ type: "pace", interval });
  }

  /** No tick is delivered after this returns. */
  stop() {
    this.#run += 1;
    this.#onTick = null;
    this.#worker.postMessage({ type: "stop" });
  }

  /**
   * @param {number} ms
   * @returns {Promise<void>}
   */
  sleep(ms) {
    const id = ++this.#slept;
    return new Promise((wake) => {
      this.#sleepers.set(id, wake);
      this.#worker.postMessage({ type: "sleep", id, ms });
    });
  }

  /** End the worker. */
  destroy() {
    this.#onTick = null;
    this.#worker.terminate();
  }

  /** @param {TimerEvent} event */
  #hear(event) {
    if (event.type === "tick") {
      if (event.run === this.#run) this.#onTick?.(event.dropped);
      return;
    }
    this.#sleepers.get(event.id)?.();
    this.#sleepers.delete(event.id);
  }
}
