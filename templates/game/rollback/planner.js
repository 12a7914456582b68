// What one tick does with the timeline: go back or not, open how many frames, author which inputs.
import { FAST_FORWARD_FRAMES } from "./config.js";
//% if dev
import { checkPlan } from "./invariants.js";
//% endif

/** @typedef {import("./types.js").BatchPlan} BatchPlan */
/** @typedef {import("./types.js").Input} Input */
/** @typedef {import("./types.js").TickStatus} TickStatus */
/** @typedef {import("./canonical_log.js").CanonicalLog} CanonicalLog */
/** @typedef {import("./config.js").SessionConfig} SessionConfig */
/** @typedef {import("./membership.js").Membership} Membership */
/** @typedef {import("./slots.js").Slots} Slots */
/** @typedef {import("./stats.js").Stats} Stats */
/** @typedef {import("./timeline.js").Timeline} Timeline */

/** @typedef {{status: TickStatus, batch: BatchPlan | null, authored: number}} Turn */

/** Decides for one episode. */
export class Planner {
  /**
   * @param {SessionConfig} config
   * @param {{epoch: number, slots: Slots, timeline: Timeline, log: CanonicalLog, membership: Membership}} episode
   * @param {Stats} stats
   */
  constructor(config, { epoch, slots, timeline, log, membership }, stats) {
    this.config = config;
    this.epoch = epoch;
    this.slots = slots;
    this.timeline = timeline;
    this.log = log;
    this.membership = membership;
    this.stats = stats;
  }

  /**
   * At most one batch: replay and new frames go together.
   *
   * @param {number} id of the batch, if there is one
   * @param {number} correctFrom first frame with a wrong input; `Infinity`: none
   * @param {Input} input for the frames that are authored now
   * @param {boolean} paced whether to let a remote catch up
   * @returns {Turn}
   */
  turn(id, correctFrom, input, paced) {
    const { timeline, slots, log } = this;
    const before = timeline.frame;
    const correcting = correctFrom < before;
    const ended = timeline.newest?.done === true;
    // A speculative end: wait until it is agreed or undone. Inputs up to it come from everyone, so nobody waits for ever.
    const holding = ended && !correcting;
    const confirmed = slots.confirmed();
    const wanted = holding || paced ? 0 : this.#framesToOpen(confirmed);
    const authored = this.#author(wanted, input);
    const open = this.#authoredFrames(wanted);
    const hashEnd = ended && (correcting || timeline.newest?.stateHash === null);
    const status = open ? "advanced" : correcting ? "corrected" : holding ? "holding" : paced ? "paced" : "stalled";
    if (!correcting && !open && !hashEnd) return { status, batch: null, authored };

    const caughtUp = confirmed - (before + open) <= this.config.predictionWindow;
    const batch = timeline.plan({
      id,
      epoch: this.epoch,
      correctFrom,
      open,
      slots,
      settled: log.settled,
      anchor: slots.agreed(log.settled) + 1,
      hashEnd,
      render: (correcting || open > 0) && caughtUp,
    });
    //% if dev
    checkPlan(this, batch, correctFrom, before);
    //% endif
    this.#count(batch, before - correctFrom, { open, ahead: before + open - 1 - confirmed });
    return { status, batch, authored };
  }

  /**
   * One, when the window allows it; many when far behind, but then only confirmed ones.
   *
   * @param {number} confirmed
   */
  #framesToOpen(confirmed) {
    const { frame } = this.timeline;
    const { predictionWindow } = this.config;
    if (confirmed - frame > predictionWindow) return Math.min(FAST_FORWARD_FRAMES, confirmed - frame);
    return frame - confirmed <= predictionWindow ? 1 : 0;
  }

  /** Author what these frames need, each once; after a return, first what lies between. @param {number} open @param {Input} input */
  #author(open, input) {
    const last = Math.min(this.timeline.frame + open + this.config.inputDelay, this.membership.authorLimit) - 1;
    return this.slots.author(last, input);
  }

  /** Not beyond this peer's own inputs, which may be held back. @param {number} wanted */
  #authoredFrames(wanted) {
    if (!this.slots.all[this.config.me].open) return wanted;
    return Math.max(0, Math.min(wanted, this.slots.authored - this.config.inputDelay - this.timeline.frame + 1));
  }

  /**
   * @param {BatchPlan} batch
   * @param {number} depth frames between the first wrong one and the next
   * @param {{open: number, ahead: number}} opened `ahead`: of the last confirmed frame
   */
  #count(batch, depth, { open, ahead }) {
    this.stats.advanced += open;
    if (open > 0) this.stats.predicted += Math.max(0, ahead);
    if (open > 1) this.stats.fastForwarded += open;
    if (batch.load === null) return;
    this.stats.rollbacks++;
    this.stats.replayed += batch.replayed;
    this.stats.atLeast("maxDepth", depth);
    this.stats.atLeast("maxReplay", batch.replayed);
  }
}
