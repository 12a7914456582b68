// The promises that one peer can check alone, asserted every tick of a debug build and left out of any other.
import { MAX_PACKET_BYTES } from "./config.js";
import { RollbackError } from "./errors.js";
import { sameInput } from "./input.js";

/** Frames that a second or two of silence may add to what is kept. */
const SLACK = 120;
/** Snapshots that a fast-forward of one batch may add. */
const FAST_FORWARD_SNAPSHOTS = 60;

/** @typedef {import("./types.js").BatchPlan} BatchPlan */
/** @typedef {import("./types.js").EpisodeRecord} EpisodeRecord */
/** @typedef {import("./episode.js").Episode} Episode */
/** @typedef {import("./session.js").Session} Session */

/**
 * @param {string} name of the invariant: see docs/rollback.md
 * @param {boolean} holds
 * @param {() => string} detail
 */
function promise(name, holds, detail) {
  if (!holds) throw new RollbackError("internal-invariant", `${name} is broken: ${detail()}.`);
}

/** Remembers what it saw of one session. */
export class Invariants {
  /** @type {Episode | null} */
  #episode = null;
  #view = "";
  /** @type {number[]} */
  #held = [];
  #agreed = -1;
  #promoted = 0;

  /**
   * I3: what became canonical was simulated with the inputs that are held. I2: and stays as it is.
   *
   * @param {Episode} episode
   * @param {number} before last canonical frame before the promotion
   */
  onPromoted({ log, slots }, before) {
    log.frameDataBuffer.slice(before + 1).forEach((row, i) => {
      promise("I2", row.frame === before + 1 + i, () => `row ${row.frame} was appended as frame ${before + 1 + i}`);
      row.inputs.forEach((input, slot) => {
        const held = slots.known(slot, row.frame);
        promise("I3", held !== undefined && sameInput(held, input), () => `frame ${row.frame} used ${input} of slot ${slot}, which is ${held}`);
      });
      Object.freeze(row);
    });
  }

  /**
   * @param {Session} session before the plan is noted
   * @param {BatchPlan} batch
   * @param {number} correctFrom
   * @param {number} frameBefore the next frame before the plan
   */
  onPlan(session, batch, correctFrom, frameBefore) {
    const { settled, confirmed, config } = session;
    const opened = batch.steps.length - batch.replayed;
    const end = batch.from + batch.steps.length;
    promise("I10", session.inFlight === null, () => `batch ${batch.id} was planned while ${session.inFlight?.id} is in flight`);
    if (batch.load !== null) {
      promise("I4", correctFrom > settled && correctFrom < frameBefore, () => `rollback to ${correctFrom}, outside ${settled + 1} .. ${frameBefore - 1}`);
      promise("I5", batch.load >= 0 && batch.load <= correctFrom, () => `no snapshot to go back to ${correctFrom}`);
      const bound = config.predictionWindow + config.snapshotInterval - 1;
      promise("I6", batch.replayed <= bound, () => `${batch.replayed} frames replayed; the bound is ${bound}`);
    }
    if (opened > 1) promise("I7", end - 1 <= confirmed, () => `fast-forward to ${end - 1}, confirmed is ${confirmed}`);
    if (opened) promise("I1", end <= confirmed + config.predictionWindow + 1, () => `frame ${end - 1} opened, confirmed is ${confirmed}`);
  }

  /**
   * @param {EpisodeRecord} record
   * @param {Episode} episode
   */
  onFinished(record, { ends, roster }) {
    const mine = ends.get(roster.me);
    const equal = roster.peers().every((peer) => ends.get(peer)?.chain === mine?.chain && ends.get(peer)?.last === mine?.last);
    promise("I14", record.status !== "verified" || equal, () => `exported as verified, but the ends are ${JSON.stringify([...ends])}`);
  }

  /** @param {Session} session */
  afterTick(session) {
    const { episode, config, settled, agreed, confirmed, stats } = session;
    promise("I19", stats.maxFuture <= 64 && stats.maxPacket <= MAX_PACKET_BYTES, () => `${stats.maxFuture} messages kept, a packet of ${stats.maxPacket} bytes`);
    if (!episode || session.halted) return;
    const { log, timeline, slots, roster } = episode;
    if (episode !== this.#episode) this.#begin(episode);
    promise("I1", settled <= agreed && agreed <= confirmed, () => `S ${settled}, A ${agreed}, C ${confirmed}`);
    promise("I1", settled < timeline.frame || timeline.frame === 0, () => `S ${settled}, next frame ${timeline.frame}`);
    promise("I2", log.frameDataBuffer.length >= this.#promoted, () => `${this.#promoted} rows were canonical, ${log.frameDataBuffer.length} are`);
    this.#promoted = log.frameDataBuffer.length;
    promise("I13", log.end === null || (log.end === settled && timeline.frame === settled + 1), () => `the end is ${log.end}, S ${settled}, next ${timeline.frame}`);
    if (episode.phase === "running") {
      promise("I5", timeline.findBestSnapshot(settled + 1) >= 0, () => `no snapshot at or before ${settled + 1}`);
      this.#bounds(config, episode);
    }
    this.#monotone(slots, roster, agreed);
  }

  /** @param {Episode} episode */
  #begin(episode) {
    this.#episode = episode;
    this.#promoted = 0;
    this.#held = episode.slots.held();
    this.#agreed = -1;
    this.#view = "";
  }

  /**
   * I19: what is kept is bounded by the window, the checkpoints not compared yet, and one trip.
   *
   * @param {Session["config"]} config
   * @param {Episode} episode
   */
  #bounds({ predictionWindow, snapshotInterval, hashInterval, fps }, { timeline }) {
    const frames = predictionWindow + fps + SLACK;
    promise("I19", timeline.rows.size <= frames, () => `${timeline.rows.size} rows that are not canonical`);
    const snapshots = (frames + 2 * hashInterval) / snapshotInterval + 3 + FAST_FORWARD_SNAPSHOTS;
    promise("I19", timeline.snapshots.length <= snapshots, () => `${timeline.snapshots.length} snapshots`);
  }

  /**
   * I9: while nobody comes or goes, nothing that is held or agreed is lost.
   *
   * @param {Episode["slots"]} slots
   * @param {Episode["roster"]} roster
   * @param {number} agreed
   */
  #monotone(slots, roster, agreed) {
    const view = JSON.stringify([slots.all.map(({ open, settled }) => [open, settled]), roster.live]);
    const held = slots.held();
    if (view === this.#view) {
      promise("I9", held.every((last, slot) => last >= this.#held[slot]), () => `held ${this.#held}, now ${held}`);
      promise("I9", agreed >= this.#agreed, () => `agreed ${this.#agreed}, now ${agreed}`);
    }
    this.#view = view;
    this.#held = held;
    this.#agreed = agreed;
  }
}
