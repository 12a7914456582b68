// History: what was measured in the last seconds, oldest first. Pure.

/** How far back a graph goes, in ms. */
export const SPAN_MS = 20_000;

/** @template {{at: number}} T */
export class History {
  /** @type {T[]} */
  #samples = [];

  /** @param {readonly T[]} samples later than all before, ascending */
  push(samples) {
    this.#samples.push(...samples);
  }

  /** @param {number} now on the samples' clock @returns {readonly T[]} those of the span that ends now */
  recent(now) {
    const first = this.#samples.findIndex(({ at }) => at > now - SPAN_MS);
    this.#samples.splice(0, first < 0 ? this.#samples.length : first);
    return this.#samples;
  }

  /** Another page lies in the frame. */
  clear() {
    this.#samples = [];
  }
}
