// A session of one that distrusts its environment: goes back at every frame, and compares what comes again.
import { Digest } from "./digest.js";
import { RollbackError } from "./errors.js";
import { Timeline } from "./timeline.js";

/** @typedef {import("./types.js").BatchPlan} BatchPlan */
/** @typedef {import("./types.js").BatchReply} BatchReply */
/** @typedef {import("./types.js").Input} Input */

/**
 * Every frame is hashed. A replay whose rows or hashes differ from the first run means that the environment is not
 * deterministic, or that its snapshots are not complete. What differs only between two processes it cannot see.
 */
export class SyncTestSession {
  #timeline;
  #window;
  #nextId = 1;
  /** @type {BatchPlan | null} */
  #inFlight = null;
  /** @type {Input[][]} */
  #inputs = [];
  /** What each frame gave the first time. @type {string[]} */
  #first = [];
  /** Frames that gave something else when they were replayed. @type {Set<number>} */
  mismatched = new Set();

  /**
   * @param {object} options
   * @param {number} options.window longest distance to go back, in frames
   * @param {number} options.snapshotInterval
   */
  constructor({ window, snapshotInterval }) {
    this.#window = window;
    this.#timeline = new Timeline({ snapshotInterval, hashInterval: 1 });
  }

  /** @returns {number} the next frame */
  get frame() {
    return this.#timeline.frame;
  }

  /** @returns {boolean} whether the episode is over */
  get done() {
    return this.#timeline.newest?.done === true;
  }

  /** @returns {BatchPlan} the first one */
  reset() {
    return this.#post(this.#timeline.resetPlan(this.#nextId++, 0));
  }

  /**
   * @param {number} distance frames to go back; at most the window, and as many as there are
   * @param {Input[] | null} inputs for one new frame, by slot; null: only replay
   * @returns {BatchPlan}
   * @throws {RollbackError} `misuse` while a batch is in flight, or when nothing is to be done
   */
  plan(distance, inputs) {
    const back = Math.min(distance, this.#window, this.frame);
    const open = inputs && !this.done ? 1 : 0;
    if (this.#inFlight || (!back && !open)) {
      throw new RollbackError("misuse", this.#inFlight ? "A batch is in flight; absorb its answer first." : "Nothing to replay and nothing to play.");
    }
    if (open && inputs) this.#inputs[this.frame] = inputs;
    const slots = { inputsFor: (/** @type {number} */ frame) => this.#inputs[frame], isGuess: () => false };
    const settled = this.frame - this.#window - 1;
    this.#timeline.dropSnapshotsBefore(this.#timeline.findBestSnapshot(settled + 1));
    const correctFrom = back ? this.frame - back : Infinity;
    const common = { id: this.#nextId++, epoch: 0, anchor: -1, hashEnd: true, render: false };
    return this.#post(this.#timeline.plan({ ...common, correctFrom, open, slots, settled: Math.max(-1, settled) }));
  }

  /**
   * @param {BatchReply} reply to the plan made last
   * @returns {number[]} the frames of it that differ from their first run
   */
  absorb(reply) {
    const plan = this.#inFlight;
    if (plan?.id !== reply.id) throw new RollbackError("misuse", `No answer is awaited to batch ${reply.id}.`);
    this.#inFlight = null;
    this.#timeline.absorb(plan, reply, -1);
    const hashes = new Map(reply.hashes.map(({ frame, hash }) => [frame, hash]));
    const differing = reply.rows.filter((row) => {
      const { actions, rewards, terminateds, truncateds, infos, done } = row;
      const now = new Digest().value([actions, rewards, terminateds, truncateds, infos, done, hashes.get(row.frame)]).hex();
      this.#first[row.frame] ??= now;
      return hashes.has(row.frame) && this.#first[row.frame] !== now;
    });
    for (const { frame } of differing) this.mismatched.add(frame);
    return differing.map(({ frame }) => frame);
  }

  /** @param {BatchPlan} plan */
  #post(plan) {
    this.#inFlight = plan;
    return plan;
  }
}
