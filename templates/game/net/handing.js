// Handing in as the last page tells it: done, on its way, late, or not possible.

/**
 * `late`: nothing has arrived for a while, but it is still being tried. `unserved`: there is no server. `refused`: it
 * will never take some of it.
 *
 * @typedef {"pending" | "done" | "late" | "unserved" | "refused"} HandingState
 */

/** Time without any progress after which it is late, in ms. */
const LATE_MS = 20_000;

export class Handing {
  #now;
  #moved;
  /** @type {import("./uploader.js").Progress} */
  #progress = { left: 0, refused: null, unserved: false };

  /** @param {() => number} [now] ms */
  constructor(now = () => performance.now()) {
    this.#now = now;
    this.#moved = now();
  }

  /** The last page begins to tell. */
  begin() {
    this.#moved = this.#now();
  }

  /** @param {number} parts that wait from now on */
  wait(parts) {
    this.#progress.left += parts;
  }

  /** @param {import("./uploader.js").Progress} progress */
  hear(progress) {
    if (progress.left < this.#progress.left) this.#moved = this.#now();
    this.#progress = { ...progress };
  }

  /** @returns {HandingState} */
  get state() {
    const { left, refused, unserved } = this.#progress;
    if (left === 0) return "done";
    if (unserved) return "unserved";
    if (refused !== null) return "refused";
    return this.#now() - this.#moved > LATE_MS ? "late" : "pending";
  }
}
