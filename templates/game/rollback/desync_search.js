// From the first difference between two chains to the interval it lies in, with the other peer's help.
import { DesyncWatch } from "./desync_watch.js";

/** @typedef {import("./types.js").RollbackEvent} RollbackEvent */
/** @typedef {import("./canonical_log.js").CanonicalLog} CanonicalLog */
/** @typedef {import("./outbox.js").Outbox} Outbox */
/** @typedef {import("./timeline.js").Timeline} Timeline */

/** Both sides send checkpoints of their interval; whoever gets some narrows its own and answers, until none is inside. */
export class DesyncSearch {
  #epoch;
  #log;
  #timeline;
  #outbox;
  #events;
  #watch;
  #released = false;

  /**
   * @param {number} epoch
   * @param {CanonicalLog} log
   * @param {Timeline} timeline
   * @param {Outbox} outbox
   * @param {RollbackEvent[]} events where findings go
   */
  constructor(epoch, log, timeline, outbox, events) {
    this.#epoch = epoch;
    this.#log = log;
    this.#timeline = timeline;
    this.#outbox = outbox;
    this.#events = events;
    this.#watch = new DesyncWatch(log);
  }

  /** @returns {{player: number, frame: number} | null} the first difference, if any */
  get found() {
    return this.#watch.found;
  }

  /**
   * @param {number} player
   * @param {import("./canonical_log.js").Checkpoint} checkpoint that it reports
   */
  onCheckpoint(player, checkpoint) {
    this.#watch.onCheckpoint(player, checkpoint);
  }

  /** Once a tick. What was located in an earlier one needs no evidence kept any more. */
  update() {
    this.#released = this.#watch.located;
    if (this.#watch.check()) this.#report();
  }

  /**
   * @param {number} player
   * @param {number} frame at which it is known to differ; -1: from the start
   */
  differs(player, frame) {
    if (this.#watch.differs(player, frame)) this.#report();
  }

  /**
   * @param {number} player
   * @param {[number, string][]} marks its checkpoints
   */
  onMarks(player, marks) {
    const bad = marks.find(([frame, chain]) => (this.#log.checkpoints.get(frame) ?? chain) !== chain);
    if (bad) this.differs(player, bad[0]);
    if (this.found?.player !== player || !this.#watch.narrow(marks)) return;
    this.#sendMarks(player);
    this.#locate();
  }

  /**
   * @param {readonly number[]} players who play
   * @returns {number} the frame whose state, and all later ones, are evidence until they are known to be equal
   */
  evidenceFrom(players) {
    return this.#released ? Infinity : this.#watch.verified(players) + 1;
  }

  #report() {
    const { player, frame } = /** @type {{player: number, frame: number}} */ (this.found);
    this.#events.push({ type: "DesyncDetected", player, epoch: this.#epoch, frame });
    this.#sendMarks(player);
    this.#locate();
  }

  /** @param {number} player */
  #sendMarks(player) {
    this.#outbox.control(player, { t: "CHECKPOINTS", epoch: this.#epoch, marks: this.#watch.marks() });
  }

  #locate() {
    const { found, interval } = this.#watch;
    if (!found || !interval || !this.#watch.settleSearch()) return;
    const snapshot = this.#timeline.findBestSnapshot(interval.good + 1);
    const range = { lastGood: interval.good, firstBad: interval.bad };
    this.#events.push({ type: "DesyncLocated", player: found.player, epoch: this.#epoch, ...range, snapshot });
  }
}
