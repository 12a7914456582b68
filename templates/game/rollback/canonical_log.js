// The rows that stand for ever, and the chain that proves them: nothing else may write them.
import { Digest } from "./digest.js";

/** @typedef {import("./types.js").Row} Row */
/** @typedef {import("./types.js").LocalFacts} LocalFacts */
/** @typedef {import("./timeline.js").Timeline} Timeline */
/** @typedef {{frame: number, chain: string}} Checkpoint */

/** Append-only. Equal chains at a frame prove equal rows up to it. */
export class CanonicalLog {
  #timeline;
  #hashInterval;
  /** @type {Row[]} */
  #rows = [];
  /** @type {LocalFacts[]} */
  #facts = [];
  #digest = new Digest();
  /** Chain at each checkpoint frame. @type {Map<number, string>} */
  #checkpoints = new Map();
  /** @type {Checkpoint | null} */
  #newest = null;
  /** The frame that ended the episode, once it is canonical. @type {number | null} */
  end = null;

  /**
   * @param {Timeline} timeline what is promoted comes from
   * @param {{hashInterval: number}} config
   */
  constructor(timeline, { hashInterval }) {
    this.#timeline = timeline;
    this.#hashInterval = hashInterval;
  }

  /** @returns {readonly Row[]} the canonical rows; row f is frame f */
  get frameDataBuffer() {
    return this.#rows;
  }

  /** @returns {ReadonlyMap<number, Row>} rows of the frames after `settled`, which may still change */
  get speculativeFrameData() {
    return this.#timeline.rows;
  }

  /** @returns {readonly LocalFacts[]} parallel to the canonical rows */
  get localFacts() {
    return this.#facts;
  }

  /** @returns {number} the last canonical frame; -1: none */
  get settled() {
    return this.#rows.length - 1;
  }

  /** @returns {string} the chain after the last canonical row */
  get chain() {
    return this.#digest.hex();
  }

  /** @returns {Checkpoint | null} the newest one, to be told to peers */
  get newest() {
    return this.#newest;
  }

  /** @returns {ReadonlyMap<number, string>} all chains of this episode that peers may compare */
  get checkpoints() {
    return this.#checkpoints;
  }

  /**
   * Make rows canonical, as far as everybody is known to hold their inputs.
   *
   * @param {number} agreed last frame that every present peer holds
   * @param {number} correct last frame that was simulated with the right inputs
   */
  promote(agreed, correct) {
    while (this.end === null && this.settled < Math.min(agreed, correct)) {
      const frame = this.settled + 1;
      const candidate = this.speculativeFrameData.get(frame);
      if (!candidate || (this.#isCheckpoint(candidate) && candidate.stateHash === null)) return;
      const { row, facts } = this.#timeline.take(frame);
      this.#append(row, facts);
    }
  }

  /** @param {Row} row @param {LocalFacts} facts */
  #append(row, facts) {
    this.#rows.push(row);
    this.#facts.push(facts);
    this.#digest.word(row.frame);
    for (const input of row.inputs) this.#digest.bytes(input);
    for (const part of [row.actions, row.rewards, row.terminateds, row.truncateds, row.infos, row.done]) this.#digest.value(part);
    if (row.obs !== undefined) this.#digest.value(row.obs);
    if (this.#isCheckpoint(row)) {
      this.#digest.value(row.stateHash);
      this.#newest = { frame: row.frame, chain: this.chain };
      this.#checkpoints.set(row.frame, this.chain);
    }
    if (row.done) this.end = row.frame;
  }

  /** @param {Row} row */
  #isCheckpoint(row) {
    return row.done || (row.frame + 1) % this.#hashInterval === 0;
  }
}
