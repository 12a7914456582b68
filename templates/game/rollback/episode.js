// One episode as this peer plays it: its inputs, frames and rows, its mail, and its turn in each tick.
import { Boundary } from "./boundary.js";
import { CanonicalLog } from "./canonical_log.js";
import { DesyncSearch } from "./desync_search.js";
//% if dev
import { checkPromoted } from "./invariants.js";
//% endif
import { Membership } from "./membership.js";
import { Planner } from "./planner.js";
import { Slots } from "./slots.js";
import { Timeline } from "./timeline.js";

/** @typedef {import("./types.js").BatchPlan} BatchPlan */
/** @typedef {import("./types.js").BatchReply} BatchReply */
/** @typedef {import("./types.js").EpisodeRecord} EpisodeRecord */
/** @typedef {import("./types.js").EpisodeStatus} EpisodeStatus */
/** @typedef {import("./types.js").Input} Input */
/** @typedef {import("./types.js").RollbackEvent} RollbackEvent */
/** @typedef {import("./config.js").SessionConfig} SessionConfig */
/** @typedef {import("./control.js").ControlMessage} ControlMessage */
/** @typedef {import("./outbox.js").Outbox} Outbox */
/** @typedef {import("./planner.js").Turn} Turn */
/** @typedef {import("./roster.js").Roster} Roster */
/** @typedef {import("./stats.js").Stats} Stats */
/** @typedef {import("./wire.js").InputMessage} InputMessage */

/** Frames restart at 0 in each; `epoch` is the episode's number. */
export class Episode {
  #undoing = false;

  /**
   * @param {SessionConfig} config
   * @param {Roster} roster
   * @param {Outbox} outbox
   * @param {RollbackEvent[]} events where findings go
   * @param {Stats} stats
   * @param {number} epoch
   */
  constructor(config, roster, outbox, events, stats, epoch) {
    this.config = config;
    this.roster = roster;
    this.stats = stats;
    this.epoch = epoch;
    this.slots = new Slots(config, roster);
    this.timeline = new Timeline(config);
    this.log = new CanonicalLog(this.timeline, config);
    this.boundary = new Boundary(roster, outbox, epoch);
    this.search = new DesyncSearch(epoch, this.log, this.timeline, outbox, events);
    this.membership = new Membership(config, this, roster, outbox, events);
    this.planner = new Planner(config, this, stats);
  }

  /** @returns {import("./boundary.js").Phase} */
  get phase() {
    return this.boundary.phase;
  }

  // MAIL

  /** @param {number} from @param {InputMessage} message */
  onInput(from, message) {
    this.slots.mergeReceipts(from, message.receipts);
    if (this.slots.all[from].open && !this.slots.append(from, message.start, message.inputs)) this.stats.gaps++;
    if (message.checkpoint) this.search.onCheckpoint(from, message.checkpoint);
  }

  /** @param {number} from @param {ControlMessage} message about others, or by them about themselves */
  onControl(from, message) {
    switch (message.t) {
      case "READY":
        this.boundary.ready.set(from, message.hash);
        break;
      case "START":
        this.boundary.startHeard = true;
        break;
      case "EP_END":
        this.boundary.ends.set(from, message);
        break;
      case "AWAY":
        if (message.player === from) this.membership.onAway(message);
        break;
      case "CLAIM":
        this.membership.onClaim(from, message);
        break;
      case "RETURN":
        if (message.player === from) this.membership.onReturn(from);
        break;
      case "RESUME":
        this.membership.onResume(from, message);
        break;
      case "RESUME_ACK":
        this.membership.onResumeAck(from, message);
        break;
      case "CHECKPOINTS":
        this.search.onMarks(from, message.marks);
    }
  }

  /**
   * @param {BatchPlan} plan
   * @param {BatchReply} reply to it
   */
  absorb(plan, reply) {
    this.timeline.absorb(plan, reply, this.log.settled);
    if (plan.reset) this.boundary.begun(reply.hashes[0].hash);
    if (this.#undoing && !reply.rows.at(-1)?.done) this.stats.undoneEnds++;
    this.#undoing = false;
  }

  // THE TURN

  /** Make canonical what is agreed, and let go of what that makes needless. @param {number} correctFrom */
  promote(correctFrom) {
    const { log, slots, timeline } = this;
    const before = log.settled;
    log.promote(slots.agreed(before), Math.min(timeline.simulated, correctFrom - 1));
    //% if dev
    checkPromoted(this, before);
    //% endif
    if (log.end !== null) {
      this.boundary.announceEnd({ last: log.settled, chain: log.chain });
      return;
    }
    const oldest = timeline.findBestSnapshot(log.settled + 1);
    timeline.dropSnapshotsBefore(Math.min(oldest, timeline.findBestSnapshot(this.search.evidenceFrom(slots.present()))));
    slots.trim(oldest);
  }

  /**
   * @param {number} id of the batch, if there is one
   * @param {Input} input for the frames that are authored now
   * @param {{paced: boolean, busy: boolean}} hindrances a remote is to catch up; the worker has not answered
   * @returns {Turn}
   */
  turn(id, input, { paced, busy }) {
    const correctFrom = this.timeline.firstIncorrect(this.slots, this.log.settled);
    this.promote(correctFrom);
    if (this.log.end !== null) return { status: "holding", batch: null, authored: 0 };
    if (busy) return { status: "busy", batch: null, authored: 0 };
    const ended = this.timeline.newest?.done === true;
    const turn = this.planner.turn(id, correctFrom, input, paced);
    this.#undoing = ended && turn.batch?.load != null;
    return turn;
  }

  /** @returns {EpisodeRecord} what is exported if it ends here: a part, unless all have finished and agree */
  record() {
    const { frameDataBuffer, localFacts, settled, chain } = this.log;
    const { found } = this.search;
    const whole = this.phase === "finished" ? "verified" : "partial";
    const status = /** @type {EpisodeStatus} */ (found ? "desynced" : whole);
    return { epoch: this.epoch, status, rows: frameDataBuffer, localFacts, lastAgreed: settled, chain, firstBad: found?.frame ?? null };
  }
}
