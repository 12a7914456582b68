// A virtual clock: what is to happen, in the order of time and then of asking.

/** A binary heap. */
export class EventQueue {
  now = 0;
  #count = 0;
  /** @type {{at: number, order: number, run: () => void}[]} */
  #heap = [];

  /** @param {number} at @param {() => void} run */
  add(at, run) {
    const heap = this.#heap;
    heap.push({ at: Math.max(at, this.now), order: this.#count++, run });
    let i = heap.length - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(heap[i], heap[parent])) break;
      [heap[i], heap[parent]] = [heap[parent], heap[i]];
      i = parent;
    }
  }

  /** Run the next event. @returns {boolean} false when none is left */
  step() {
    const heap = this.#heap;
    if (!heap.length) return false;
    const first = heap[0];
    const last = /** @type {typeof first} */ (heap.pop());
    if (heap.length) {
      heap[0] = last;
      let i = 0;
      for (;;) {
        let least = i;
        for (const child of [2 * i + 1, 2 * i + 2]) if (child < heap.length && before(heap[child], heap[least])) least = child;
        if (least === i) break;
        [heap[i], heap[least]] = [heap[least], heap[i]];
        i = least;
      }
    }
    this.now = first.at;
    first.run();
    return true;
  }
}

/** @param {{at: number, order: number}} a @param {{at: number, order: number}} b */
function before(a, b) {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
