// The frames of one episode that may still change: what they were simulated with, what came of it, and the snapshots.

/** @typedef {import("./types.js").Input} Input */
/** @typedef {import("./types.js").Row} Row */
/** @typedef {import("./types.js").LocalFacts} LocalFacts */
/** @typedef {import("./types.js").BatchPlan} BatchPlan */
/** @typedef {import("./types.js").BatchReply} BatchReply */
/** @typedef {import("./slots.js").Slots} Slots */

/**
 * What a plan is made from.
 *
 * @typedef {object} PlanRequest
 * @property {number} id
 * @property {number} epoch
 * @property {number} correctFrom first wrong frame; `Infinity` when all stand
 * @property {number} open new frames
 * @property {Pick<Slots, "inputsFor" | "isGuess">} slots
 * @property {number} settled last canonical frame
 * @property {number} anchor a frame to save whatever the interval, as no rollback will go below it
 * @property {boolean} hashEnd hash the state after the last frame too
 * @property {boolean} render
 */

/** Knows no peers and no packets. */
export class Timeline {
  /** The next frame to open. */
  frame = 0;
  /** The last frame whose row stands: simulated and not being replayed; -1: none. */
  simulated = -1;
  #interval;
  #hashInterval;
  /** @type {Map<number, readonly Input[]>} */
  #used = new Map();
  /** @type {Map<number, Row>} */
  #rows = new Map();
  /** Frames of the snapshots that the worker holds, ascending. @type {number[]} */
  #snapshots = [];
  /** @type {Map<number, LocalFacts>} */
  #facts = new Map();
  /** @type {number | null} */
  #keepFrom = null;

  /** @param {{snapshotInterval: number, hashInterval: number}} config */
  constructor({ snapshotInterval, hashInterval }) {
    this.#interval = snapshotInterval;
    this.#hashInterval = hashInterval;
  }

  // SNAPSHOTS

  /** @returns {readonly number[]} frames whose state the worker holds, ascending */
  get snapshots() {
    return this.#snapshots;
  }

  /**
   * @param {number} frame
   * @returns {number} the newest snapshot at or before it; -1: none
   */
  findBestSnapshot(frame) {
    return this.#snapshots.findLast((snapshot) => snapshot <= frame) ?? -1;
  }

  /** Note that the worker holds the state before a frame. @param {number} frame */
  saveStateSnapshot(frame) {
    if (this.#snapshots.includes(frame)) return;
    this.#snapshots.push(frame);
    this.#snapshots.sort((a, b) => a - b);
  }

  /**
   * Choose what to go back to; newer snapshots hold a future that will not be.
   *
   * @param {number} frame first wrong one
   * @returns {number} the snapshot to load
   */
  loadStateSnapshot(frame) {
    const best = this.findBestSnapshot(frame);
    this.#snapshots = this.#snapshots.filter((snapshot) => snapshot <= best);
    return best;
  }

  /**
   * Let go of snapshots that no rollback can reach.
   *
   * @param {number} frame the oldest to keep
   */
  dropSnapshotsBefore(frame) {
    if (!this.#snapshots.length || this.#snapshots[0] >= frame) return;
    this.#snapshots = this.#snapshots.filter((snapshot) => snapshot >= frame);
    this.#keepFrom = frame;
  }

  // FRAMES

  /** @returns {ReadonlyMap<number, Row>} rows that are not canonical yet */
  get rows() {
    return this.#rows;
  }

  /** @returns {Row | undefined} the row before the next frame, unless it is being replayed */
  get newest() {
    return this.simulated === this.frame - 1 ? this.#rows.get(this.simulated) : undefined;
  }

  /** @param {number} frame @returns {readonly Input[] | undefined} what a frame was simulated with */
  used(frame) {
    return this.#used.get(frame);
  }

  /** @param {Row} row replaces the frame's earlier one */
  storeFrameData(row) {
    this.#rows.set(row.frame, row);
  }

  /** Forget the rows of a future that a rollback undid. @param {number} frame the first of them */
  clearFrameDataFromRollback(frame) {
    for (const key of this.#rows.keys()) if (key >= frame) this.#rows.delete(key);
  }

  /**
   * Hand a frame over to the canonical log.
   *
   * @param {number} frame
   * @returns {{row: Row, facts: LocalFacts}}
   */
  take(frame) {
    const row = /** @type {Row} */ (this.#rows.get(frame));
    const facts = /** @type {LocalFacts} */ (this.#facts.get(frame));
    for (const map of [this.#rows, this.#used, this.#facts]) map.delete(frame);
    return { row, facts };
  }

  /**
   * Compares what is held now with what was used, rather than waiting to be told: an input counts however it came.
   *
   * @param {Slots} slots
   * @param {number} settled last canonical frame
   * @returns {number} first frame that was simulated with a wrong input; `Infinity`: none
   */
  firstIncorrect(slots, settled) {
    for (let frame = settled + 1; frame < this.frame; frame++) {
      const used = this.#used.get(frame);
      if (used && slots.contradicts(frame, used)) return frame;
    }
    return Infinity;
  }

  // BATCHES

  /**
   * One batch for everything the tick wants: go back, replay, play on, save and hash on the way.
   *
   * @param {PlanRequest} request
   * @returns {BatchPlan}
   */
  plan({ id, epoch, correctFrom, open, slots, settled, anchor, hashEnd, render }) {
    const end = this.frame + open;
    const load = correctFrom < this.frame ? this.loadStateSnapshot(correctFrom) : null;
    const from = load ?? this.frame;
    const steps = [];
    const saves = [];
    const hashes = [];
    for (let frame = from; frame < end; frame++) {
      if (this.#wanted(frame, anchor)) saves.push(frame);
      if ((frame + 1) % this.#hashInterval === 0 && frame > settled) hashes.push(frame);
      steps.push(this.#use(frame, slots, settled));
    }
    if (this.#wanted(end, anchor) && end > from) saves.push(end);
    if (hashEnd && hashes.at(-1) !== end - 1) hashes.push(end - 1);
    const plan = { id, epoch, reset: false, keepFrom: this.#keepFrom, load, from, steps, saves, hashes, replayed: this.frame - from, render };
    this.#keepFrom = null;
    this.frame = end;
    this.simulated = Math.min(this.simulated, from - 1);
    return plan;
  }

  /**
   * The batch that begins the episode and hashes its first state.
   *
   * @param {number} id
   * @param {number} epoch
   * @returns {BatchPlan}
   */
  resetPlan(id, epoch) {
    return { id, epoch, reset: true, keepFrom: null, load: null, from: 0, steps: [], saves: [0], hashes: [-1], replayed: 0, render: true };
  }

  /**
   * Take in what a batch did. A replay that ends earlier than before shortens the timeline.
   *
   * @param {BatchPlan} plan
   * @param {BatchReply} reply
   * @param {number} settled last canonical frame: rows up to there were replayed only to get past them
   */
  absorb(plan, reply, settled) {
    for (const frame of reply.saved) this.saveStateSnapshot(frame);
    if (plan.load !== null) this.clearFrameDataFromRollback(plan.from);
    for (const row of reply.rows) if (row.frame > settled) this.storeFrameData(row);
    for (const { frame, hash } of reply.hashes) {
      const row = this.#rows.get(frame);
      // An end that turned out to be none was hashed too; only rows that every peer hashes may say so.
      if (row && (row.done || (frame + 1) % this.#hashInterval === 0)) row.stateHash = hash;
    }
    const last = reply.rows.at(-1);
    if (last && last.frame + 1 < this.frame) this.#truncate(last.frame + 1);
    this.simulated = this.frame - 1;
  }

  /** @param {number} end the new next frame */
  #truncate(end) {
    for (let frame = end; frame < this.frame; frame++) {
      this.#used.delete(frame);
      this.#facts.delete(frame);
    }
    this.clearFrameDataFromRollback(end);
    this.#snapshots = this.#snapshots.filter((snapshot) => snapshot <= end);
    this.frame = end;
  }

  /** @param {number} frame @param {number} anchor */
  #wanted(frame, anchor) {
    return (frame % this.#interval === 0 || frame === anchor) && !this.#snapshots.includes(frame);
  }

  /** @param {number} frame @param {PlanRequest["slots"]} slots @param {number} settled */
  #use(frame, slots, settled) {
    const inputs = slots.inputsFor(frame);
    if (frame <= settled) return inputs;
    this.#used.set(frame, inputs);
    const facts = this.#facts.get(frame);
    if (facts) facts.replays++;
    else this.#facts.set(frame, { frame, wasPredicted: slots.isGuess(frame), replays: 0 });
    return inputs;
  }
}
