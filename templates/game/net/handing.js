// Handing in as the last page tells it: done, on its way, late, or not possible.

/** @typedef {import("./chunks.js").Chunk} Chunk */

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
  /** Parts that the browser does not hold yet. @type {Set<Chunk>} */
  #unstored = new Set();
  /** @type {import("./uploader.js").Progress} */
  #progress = { left: 0, refused: null, unserved: false };

  /** @param {() => number} [now] ms */
  constructor(now = () => performance.now()) {
    this.#now = now;
    this.#moved = now();
  }

  /** @returns {Chunk[]} */
  get unstored() {
    return [...this.#unstored];
  }

  /** The last page begins to tell. */
  begin() {
    this.#moved = this.#now();
  }

  /** @param {readonly Chunk[]} chunks to be stored */
  storing(chunks) {
    for (const chunk of chunks) this.#unstored.add(chunk);
  }

  /** @param {readonly Chunk[]} chunks that are stored, and wait */
  stored(chunks) {
    for (const chunk of chunks) this.#unstored.delete(chunk);
    this.#progress.left += chunks.length;
  }

  /** @param {import("./uploader.js").Progress} progress */
  hear(progress) {
    if (progress.left < this.#progress.left) this.#moved = this.#now();
    this.#progress = { ...progress };
  }

  /** @returns {HandingState} */
  get state() {
    const { left, refused, unserved } = this.#progress;
    if (left === 0 && this.#unstored.size === 0) return "done";
    if (unserved) return "unserved";
    if (refused !== null) return "refused";
    return this.#now() - this.#moved > LATE_MS ? "late" : "pending";
  }
}
