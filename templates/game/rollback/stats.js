// Counters of a session: what a page may show, what a test may demand, never part of the game.

/** The counters alone. @typedef {Omit<Stats, "atLeast" | "noteStatus" | "noteKept">} Counts */

/** Whole-session sums; those named max are high-water marks. */
export class Stats {
  ticks = 0;
  batches = 0;
  /** Frames opened. */
  advanced = 0;
  /** Frames from the last confirmed one to a newly opened one, summed over those opened. */
  predicted = 0;
  /** Frames simulated again. */
  replayed = 0;
  rollbacks = 0;
  /** Frames opened in fast-forward. */
  fastForwarded = 0;
  stalls = 0;
  holds = 0;
  paced = 0;
  /** Ticks at which the worker had not answered yet. */
  busy = 0;
  /** Ends of an episode that a rollback undid. */
  undoneEnds = 0;
  /** Input packets sent, and their bytes. */
  packets = 0;
  bytes = 0;
  /** Packets and messages that are not of this wire, or not of this session. */
  malformed = 0;
  /** Messages and answers of an episode that is over. */
  stale = 0;
  /** Runs of inputs that began after the next expected one. */
  gaps = 0;
  maxDepth = 0;
  maxReplay = 0;
  maxPacket = 0;
  maxSnapshots = 0;
  maxSpeculative = 0;
  maxFuture = 0;

  /**
   * @param {"maxDepth" | "maxReplay" | "maxPacket" | "maxSnapshots" | "maxSpeculative" | "maxFuture"} name
   * @param {number} value
   */
  atLeast(name, value) {
    if (value > this[name]) this[name] = value;
  }

  /** @param {import("./types.js").TickStatus} status of a tick */
  noteStatus(status) {
    if (status === "stalled") this.stalls++;
    else if (status === "holding") this.holds++;
    else if (status === "paced") this.paced++;
    else if (status === "busy") this.busy++;
  }

  /** @param {{snapshots: readonly number[], rows: ReadonlyMap<number, unknown>}} timeline */
  noteKept({ snapshots, rows }) {
    this.atLeast("maxSnapshots", snapshots.length);
    this.atLeast("maxSpeculative", rows.size);
  }
}
