// How fast this peer's clock should run so that nobody is always the one who is rolled back.

/** Frames over which advantages are averaged: a second or so, longer than jitter. */
const WINDOW = 30;
/** Frames of skew that are left alone. */
const DEAD_BAND = 0.5;
/** Change of the period per frame of skew. */
const GAIN = 0.01;
/** Bounds of the period's change: what nobody sees. Ahead gives way more than behind can catch up. */
const SLOWEST = 1.05;
const FASTEST = 0.98;
/** Skew at which a whole tick is given up, and how many ticks lie between two of them. */
const SKIP_SKEW = 3;
const SKIP_DISTANCE = 15;

/** The last `WINDOW` values and their mean. */
class Mean {
  /** @type {number[]} */
  #values = [];
  #sum = 0;

  /** @param {number} value */
  add(value) {
    this.#values.push(value);
    this.#sum += value;
    if (this.#values.length > WINDOW) this.#sum -= /** @type {number} */ (this.#values.shift());
  }

  get mean() {
    return this.#values.length ? this.#sum / this.#values.length : 0;
  }
}

/** Each remote reports how far it sees itself ahead of us; half the difference is what both can agree on. */
export class Pacing {
  #frameMs;
  /** @type {Map<number, {mine: Mean, theirs: Mean}>} */
  #remotes = new Map();
  #sinceSkip = SKIP_DISTANCE;
  /** Frames that this peer is ahead of the slowest other one; negative: behind all. */
  skew = 0;

  /** @param {{frameMs: number}} config */
  constructor({ frameMs }) {
    this.#frameMs = frameMs;
  }

  /** An episode begins: what was measured is of another clock. */
  restart() {
    this.#remotes.clear();
    this.#sinceSkip = SKIP_DISTANCE;
    this.skew = 0;
  }

  /**
   * @param {number} player
   * @param {number} mine frames this peer seems ahead of the remote now
   * @param {number} theirs frames the remote last said to be ahead of this peer
   */
  sample(player, mine, theirs) {
    let remote = this.#remotes.get(player);
    if (!remote) this.#remotes.set(player, (remote = { mine: new Mean(), theirs: new Mean() }));
    remote.mine.add(mine);
    remote.theirs.add(theirs);
  }

  /**
   * Once a tick, after the samples.
   *
   * @param {readonly number[]} players the remotes that count now
   * @returns {boolean} whether to open no frame in this tick
   */
  skips(players) {
    const skews = [];
    for (const player of players) {
      const remote = this.#remotes.get(player);
      if (remote) skews.push((remote.mine.mean - remote.theirs.mean) / 2);
    }
    this.skew = skews.length ? Math.max(...skews) : 0;
    this.#sinceSkip++;
    if (this.skew < SKIP_SKEW || this.#sinceSkip < SKIP_DISTANCE) return false;
    this.#sinceSkip = 0;
    return true;
  }

  /** @returns {number} milliseconds until the next tick */
  get periodMs() {
    if (Math.abs(this.skew) < DEAD_BAND) return this.#frameMs;
    return this.#frameMs * Math.min(SLOWEST, Math.max(FASTEST, 1 + GAIN * this.skew));
  }
}
