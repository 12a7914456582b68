// Step facts: what only this page knows of each step of an episode, however often it is taken again.

/** @typedef {import("../session_record.js").LocalFacts} LocalFacts */

export class StepFacts {
  /** By step. @type {LocalFacts[]} */
  #facts = [];

  /** An episode begins. */
  clear() {
    this.#facts = [];
  }

  /**
   * @param {number} t
   * @returns {LocalFacts}
   */
  of(t) {
    while (this.#facts.length <= t) {
      this.#facts.push({ t: this.#facts.length, keypress: null, queueExit: null, stepSent: 0, stepAnswered: 0, drawn: null });
    }
    return this.#facts[t];
  }

  /**
   * The action of the player here was taken for some steps.
   *
   * @param {number} last of them
   * @param {number} count
   * @param {number | null} keypress when its key went down
   * @param {number} at ms since the epoch
   */
  authored(last, count, keypress, at) {
    for (let t = Math.max(0, last - count + 1); t <= last; t++) Object.assign(this.of(t), { keypress, queueExit: at });
  }

  /**
   * A step was taken for the first time.
   *
   * @param {number} t
   * @param {Pick<LocalFacts, "stepSent" | "stepAnswered">} times
   */
  stepped(t, times) {
    Object.assign(this.of(t), times);
  }

  /**
   * @param {number} count of steps
   * @param {readonly import("../rollback/types.js").LocalFacts[]} known what the session knows of the first ones
   * @returns {LocalFacts[]} those of the first ones
   */
  list(count, known) {
    if (count > 0) this.of(count - 1);
    return this.#facts.slice(0, count).map((fact, t) => (t < known.length ? { ...fact, wasPredicted: known[t].wasPredicted, replays: known[t].replays } : fact));
  }
}
