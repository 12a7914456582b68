// The promises that one peer can check alone, asserted in a debug build and left out of any other.
import { MAX_PACKET_BYTES } from "./config.js";
import { RollbackError } from "./errors.js";
import { sameInput } from "./input.js";

/** Frames that a second or two of silence may add to what is kept. */
const SLACK = 120;
/** Snapshots that a fast-forward of one batch may add. */
const FAST_FORWARD_SNAPSHOTS = 60;

/** @typedef {import("./types.js").BatchPlan} BatchPlan */
/** @typedef {import("./config.js").SessionConfig} SessionConfig */
/** @typedef {import("./episode.js").Episode} Episode */
/** @typedef {import("./planner.js").Planner} Planner */
/** @typedef {import("./session.js").Session} Session */

/**
 * @param {string} name of the invariant: see docs/rollback.md
 * @param {boolean} holds
 * @param {() => string} detail
 * @throws {RollbackError} `internal-invariant`
 */
function promise(name, holds, detail) {
  if (!holds) throw new RollbackError("internal-invariant", `${name} is broken: ${detail()}.`);
}

/**
 * I2: rows are appended in order, and stay as they are. I3: they were simulated with the inputs that are held.
 *
 * @param {Pick<Episode, "log" | "slots">} episode
 * @param {number} before last canonical frame before the promotion
 */
export function checkPromoted({ log, slots }, before) {
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
 * I1, I4, I6 and I7: what a plan opens and replays lies within its bounds.
 *
 * @param {Pick<Planner, "config" | "slots" | "log">} planner
 * @param {BatchPlan} batch
 * @param {number} correctFrom
 * @param {number} frameBefore the next frame before the plan
 */
export function checkPlan({ config, slots, log }, batch, correctFrom, frameBefore) {
  const confirmed = slots.confirmed();
  const opened = batch.steps.length - batch.replayed;
  const end = batch.from + batch.steps.length;
  if (batch.load !== null) {
    const inside = correctFrom > log.settled && correctFrom < frameBefore && batch.load >= 0 && batch.load <= correctFrom;
    promise("I4", inside, () => `rollback to ${correctFrom} from snapshot ${batch.load}, outside ${log.settled + 1} .. ${frameBefore - 1}`);
    const bound = config.predictionWindow + config.snapshotInterval - 1;
    promise("I6", batch.replayed <= bound, () => `${batch.replayed} frames replayed; the bound is ${bound}`);
  }
  if (opened > 1) promise("I7", end - 1 <= confirmed, () => `fast-forward to ${end - 1}, confirmed is ${confirmed}`);
  if (opened) promise("I1", end <= confirmed + config.predictionWindow + 1, () => `frame ${end - 1} opened, confirmed is ${confirmed}`);
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
   * @param {BatchPlan | null} inFlight
   * @param {BatchPlan} batch to be posted
   */
  onPost(inFlight, batch) {
    promise("I10", inFlight === null, () => `batch ${batch.id} was planned while ${inFlight?.id} is in flight`);
  }

  /**
   * I14: verified are only episodes whose ends are all equal.
   *
   * @param {Episode} episode whose record is exported now
   */
  onFinished(episode) {
    const { roster } = episode;
    const { ends } = episode.boundary;
    const mine = ends.get(roster.me);
    const equal = roster.peers().every((peer) => ends.get(peer)?.chain === mine?.chain && ends.get(peer)?.last === mine?.last);
    promise("I14", episode.record().status !== "verified" || equal, () => `verified, but the ends are ${JSON.stringify([...ends])}`);
  }

  /** @param {Session} session */
  afterTick({ episode, halted, config, settled, agreed, confirmed, stats }) {
    const { maxFuture, maxPacket } = stats;
    promise("I19", maxFuture <= 64 && maxPacket <= MAX_PACKET_BYTES, () => `${maxFuture} messages kept, a packet of ${maxPacket} bytes`);
    if (!episode || halted) return;
    const { log, timeline } = episode;
    if (episode !== this.#episode) this.#begin(episode);
    promise("I1", settled <= agreed && agreed <= confirmed && settled < Math.max(1, timeline.frame), () => `S ${settled}, A ${agreed}, C ${confirmed}`);
    promise("I2", settled + 1 >= this.#promoted, () => `${this.#promoted} rows were canonical, ${settled + 1} are`);
    promise("I13", log.end === null || (log.end === settled && timeline.frame === settled + 1), () => `the end is ${log.end}, S ${settled}, next ${timeline.frame}`);
    if (episode.phase === "running") {
      promise("I5", timeline.findBestSnapshot(settled + 1) >= 0, () => `no snapshot at or before ${settled + 1}`);
      this.#bounds(config, episode);
    }
    this.#monotone(episode, agreed);
    this.#promoted = settled + 1;
  }

  /** @param {Episode} episode */
  #begin(episode) {
    this.#episode = episode;
    this.#promoted = 0;
    this.#view = "";
  }

  /**
   * I19: what is kept is bounded by the window, the checkpoints not compared yet, and a trip.
   *
   * @param {SessionConfig} config
   * @param {Episode} episode
   */
  #bounds({ predictionWindow, snapshotInterval, hashInterval, fps }, { timeline }) {
    const frames = predictionWindow + fps + SLACK;
    promise("I19", timeline.rows.size <= frames, () => `${timeline.rows.size} rows that are not canonical`);
    const snapshots = (frames + 2 * hashInterval) / snapshotInterval + FAST_FORWARD_SNAPSHOTS;
    promise("I19", timeline.snapshots.length <= snapshots, () => `${timeline.snapshots.length} snapshots`);
  }

  /**
   * I9: while nobody comes or goes, nothing that is held or agreed is lost.
   *
   * @param {Episode} episode
   * @param {number} agreed
   */
  #monotone({ slots, roster }, agreed) {
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
