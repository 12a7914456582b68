// Telemetry: how the links and the rollback fare, a line now and then. What this page measured, never what was played.

/** @typedef {import("../inspection.js").PeersInspection} PeersInspection */
/** @typedef {import("../rollback/stats.js").Counts} Counts */

/**
 * @typedef {object} Moment
 * @property {number} at ms since the epoch
 * @property {number} episode that the line is laid to
 * @property {number} t the latest step of it that all agreed on
 * @property {Pick<PeersInspection, "stats" | "links">} peers
 * @property {{index: number, droppedTicks: number}} playing the episode under way; counts from its beginning
 * @property {readonly {seat: number, path: string}[]} paths to the other seats, as far as they are known
 */

/** Counted since the line before, by the key of the line. @type {Readonly<Record<string, keyof Counts>>} */
const COUNTED = {
  ticks: "ticks",
  frames: "advanced",
  rollbacks: "rollbacks",
  replayed: "replayed",
  stalls: "stalls",
  holds: "holds",
  paced: "paced",
  busy: "busy",
  packets: "packets",
  bytes: "bytes",
};

/** @param {number} value @param {number} digits after the point */
const rounded = (value, digits) => Number(value.toFixed(digits));

export class Telemetry {
  /** @type {Partial<Counts>} */
  #stats = {};
  #playing = { index: -1, droppedTicks: 0 };
  /** Pings of each other player until the line before. @type {Map<number, {expected: number, received: number}>} */
  #pings = new Map();

  /**
   * @param {Moment} moment
   * @returns {Record<string, unknown>} in the order of docs/data-format.md; what is not known is left out
   */
  line({ at, episode, t, peers, playing, paths }) {
    const { stats, links } = peers;
    const since = (/** @type {keyof Counts} */ name) => stats[name] - (this.#stats[name] ?? 0);
    const counted = Object.entries(COUNTED).map(([key, name]) => [key, since(name)]);
    const depth = since("advanced") > 0 ? { predictionDepth: rounded(since("predicted") / since("advanced"), 2) } : {};
    const dropped = playing.droppedTicks - (playing.index === this.#playing.index ? this.#playing.droppedTicks : 0);
    this.#stats = stats;
    this.#playing = { ...playing };
    return Object.assign({ episode, at, t, ...Object.fromEntries(counted), dropped, ...depth }, ...links.map((link) => this.#link(link, paths)));
  }

  /**
   * @param {PeersInspection["links"][number]} link
   * @param {Moment["paths"]} paths
   */
  #link({ player, agent, rtt, silentMs, jitter, expected, received }, paths) {
    const before = this.#pings.get(player) ?? { expected: 0, received: 0 };
    this.#pings.set(player, { expected, received });
    const path = paths.find(({ seat }) => seat === player)?.path;
    const pings = expected - before.expected;
    return {
      ...(path && { [`path.${agent}`]: path }),
      ...(rtt > 0 && { [`rtt.${agent}`]: rounded(rtt, 1) }),
      ...(jitter !== null && { [`jitter.${agent}`]: rounded(jitter, 1) }),
      [`pings.${agent}`]: pings,
      [`lost.${agent}`]: pings - (received - before.received),
      ...(Number.isFinite(silentMs) && { [`silence.${agent}`]: Math.round(silentMs) }),
    };
  }
}
