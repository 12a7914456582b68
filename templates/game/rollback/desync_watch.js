// Comparing chains with the peers', and finding the first checkpoint at which they part.

/** Checkpoints of a peer that wait until this peer has come as far. */
const MAX_WAITING = 64;
/** Checkpoints in one message of the search. */
const MAX_MARKS = 64;

/** @typedef {import("./canonical_log.js").CanonicalLog} CanonicalLog */
/** @typedef {import("./canonical_log.js").Checkpoint} Checkpoint */

/** @typedef {{good: number, bad: number}} Interval last frame known equal (-1: none), first known different */

/** Per episode. Finds at most one difference. */
export class DesyncWatch {
  #log;
  /** Checkpoints that peers reported and that wait for ours. @type {Map<number, Map<number, string>>} */
  #waiting = new Map();
  /** Last equal checkpoint, by player. @type {Map<number, number>} */
  #equal = new Map();
  /** @type {{player: number, frame: number} | null} */
  found = null;
  /** Where the difference lies, as far as known. @type {Interval | null} */
  interval = null;
  /** Whether no checkpoint is left inside the interval. */
  located = false;

  /** @param {CanonicalLog} log */
  constructor(log) {
    this.#log = log;
  }

  /**
   * @param {number} player
   * @param {Checkpoint} checkpoint
   */
  onCheckpoint(player, { frame, chain }) {
    let waiting = this.#waiting.get(player);
    if (!waiting) this.#waiting.set(player, (waiting = new Map()));
    if (waiting.size < MAX_WAITING && frame > this.equalTo(player)) waiting.set(frame, chain);
  }

  /**
   * Compare what can be compared now.
   *
   * @returns {boolean} whether a difference was found in this call
   */
  check() {
    for (const [player, waiting] of this.#waiting) {
      for (const [frame, chain] of waiting) {
        const mine = this.#log.checkpoints.get(frame);
        if (mine === undefined && frame > this.#log.settled) continue;
        waiting.delete(frame);
        if (mine === chain) this.#equal.set(player, Math.max(frame, this.equalTo(player)));
        else if (mine !== undefined && this.differs(player, frame)) return true;
      }
    }
    return false;
  }

  /**
   * @param {number} player
   * @param {number} frame at which the chains differ; -1: the first states do
   * @returns {boolean} whether this is the first difference
   */
  differs(player, frame) {
    if (this.found) return false;
    this.found = { player, frame };
    this.interval = { good: Math.min(this.equalTo(player), frame - 1), bad: frame };
    return true;
  }

  /** @param {number} player @returns {number} last checkpoint at which its chain equalled ours; -1: none yet */
  equalTo(player) {
    return this.#equal.get(player) ?? -1;
  }

  /**
   * @param {readonly number[]} players
   * @returns {number} the last checkpoint that all of them share with us; the state before it is evidence still
   */
  verified(players) {
    return Math.min(this.#log.settled, ...players.map((player) => this.equalTo(player)));
  }

  // THE SEARCH: each side sends checkpoints of its interval; whoever gets them narrows its own and answers.

  /** @returns {[number, string][]} checkpoints spread evenly over the interval, its end among them */
  marks() {
    const frames = this.#inside();
    const stride = Math.ceil(frames.length / MAX_MARKS) || 1;
    const { good, bad } = this.interval ?? { good: -1, bad: -1 };
    const picked = [good, ...frames.filter((_, i) => i % stride === 0), bad];
    return picked.flatMap((frame) => {
      const chain = this.#log.checkpoints.get(frame);
      return chain === undefined ? [] : [/** @type {[number, string]} */ ([frame, chain])];
    });
  }

  /**
   * @param {readonly [number, string][]} marks of the peer
   * @returns {boolean} whether the interval became narrower, so that the peer should hear of it
   */
  narrow(marks) {
    if (!this.interval) return false;
    const before = { ...this.interval };
    for (const [frame, chain] of marks) {
      const mine = this.#log.checkpoints.get(frame);
      if (mine === undefined) continue;
      if (mine !== chain) this.interval.bad = Math.min(this.interval.bad, frame);
      else if (frame < this.interval.bad) this.interval.good = Math.max(this.interval.good, frame);
    }
    return this.interval.good !== before.good || this.interval.bad !== before.bad;
  }

  /** @returns {boolean} whether this call found that nothing is left to search */
  settleSearch() {
    if (!this.interval || this.located || this.#inside().length) return false;
    this.located = true;
    return true;
  }

  /** Checkpoints strictly inside the interval. @returns {number[]} */
  #inside() {
    const { good, bad } = this.interval ?? { good: -1, bad: -1 };
    return [...this.#log.checkpoints.keys()].filter((frame) => frame > good && frame < bad);
  }
}
