// Links: how each direction between two players is to be, and what that is to the network lab of the sender. Pure.

/**
 * @typedef {object} Quality
 * @property {number} latency ms, one way
 * @property {number} jitter ms more or less
 * @property {number} loss percent
 * @property {boolean} frozen nothing passes until it is thawed, then all of it
 * @property {boolean} cut all packets are lost
 */

/** @type {Readonly<Quality>} */
export const CLEAN = Object.freeze({ latency: 0, jitter: 0, loss: 0, frozen: false, cut: false });

/** Bounds of what can be chosen. @type {Readonly<Record<"latency" | "jitter" | "loss", number>>} */
export const MOST = Object.freeze({ latency: 500, jitter: 200, loss: 50 });

/** @typedef {{label: string, title: string, quality: (from: number, to: number) => Partial<Quality>}} Preset */

/** @type {readonly Preset[]} */
export const PRESETS = [
  { label: "LAN", title: "1 ms each way", quality: () => ({ latency: 1 }) },
  { label: "WAN", title: "80 ± 40 ms each way, 10 % lost", quality: () => ({ latency: 80, jitter: 40, loss: 10 }) },
  { label: "Asymmetric", title: "50 ms from the lower number to the higher, 200 ms back", quality: (from, to) => ({ latency: from < to ? 50 : 200 }) },
  { label: "Mobile", title: "60 ± 50 ms each way, 3 % lost", quality: () => ({ latency: 60, jitter: 50, loss: 3 }) },
  { label: "Reset", title: "Links as they are", quality: () => ({}) },
];

/** @param {Quality} quality @returns {import("../game/net/network_lab.js").Quality} as the lab of the sending page takes it */
export function asShaped({ latency, jitter, loss, frozen, cut }) {
  return { latency, jitter, loss: cut ? 1 : loss / 100, frozen };
}

/** Every ordered pair of players, by their numbers from 0. */
export class Links {
  /** @type {Map<string, Quality>} */
  #qualities = new Map();

  /** @param {number} players */
  constructor(players) {
    this.pairs = Array.from({ length: players ** 2 }, (_, i) => ({ from: Math.floor(i / players), to: i % players })).filter(({ from, to }) => from !== to);
    for (const { from, to } of this.pairs) this.#qualities.set(`${from} ${to}`, { ...CLEAN });
  }

  /** @param {number} from @param {number} to @returns {Readonly<Quality>} */
  of(from, to) {
    const quality = this.#qualities.get(`${from} ${to}`);
    if (!quality) throw new RangeError(`there is no link from ${from} to ${to}`);
    return quality;
  }

  /**
   * @param {Partial<Quality>} quality what is not named stays as it is; numbers are brought within their bounds
   * @param {number} from
   * @param {number} to
   */
  shape(quality, from, to) {
    const bounded = { ...quality };
    for (const name of /** @type {const} */ (["latency", "jitter", "loss"])) {
      const given = quality[name];
      if (given !== undefined) bounded[name] = Math.min(MOST[name], Math.max(0, Math.round(given) || 0));
    }
    Object.assign(this.of(from, to), bounded);
  }

  /** @param {Preset} preset */
  take(preset) {
    for (const { from, to } of this.pairs) this.shape({ ...CLEAN, ...preset.quality(from, to) }, from, to);
  }

  /** @param {number} from @returns {boolean} whether all that it sends fares alike, whoever gets it */
  alike(from) {
    const own = this.pairs.filter((pair) => pair.from === from).map(({ to }) => JSON.stringify(this.of(from, to)));
    return new Set(own).size === 1;
  }
}
