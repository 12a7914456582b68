// What must be equal on all peers before they play, compared field by field.
import { Digest } from "./digest.js";
import { WIRE_VERSION } from "./wire.js";

/** @typedef {import("./config.js").SessionConfig} SessionConfig */
/** @typedef {Record<string, any>} Hello */

/** In the order in which a difference says most. `digest` covers whatever else an identity holds. */
const COMPARED = Object.freeze([
  "wire",
  "app",
  "envDigest",
  "pyodide",
  "packagesDigest",
  "slots",
  "fps",
  "inputDelay",
  "hashInterval",
  "inputBytes",
  "predictor",
  "seed",
  "features",
  "digest",
]);

/**
 * The prediction window and the snapshot interval are each peer's own, measured, and only reported: what is played
 * does not depend on them.
 *
 * @param {SessionConfig} config
 * @returns {Hello}
 */
export function makeHello(config) {
  const shared = {
    ...config.identity,
    wire: [WIRE_VERSION, WIRE_VERSION],
    slots: config.players,
    fps: config.fps,
    inputDelay: config.inputDelay,
    hashInterval: config.hashInterval,
    inputBytes: config.inputBytes,
    predictor: config.predictor,
  };
  const own = { predictionWindow: config.predictionWindow, snapshotInterval: config.snapshotInterval };
  return { ...shared, ...own, digest: digestOf(shared) };
}

/**
 * @param {Hello} ours
 * @param {Hello} theirs
 * @returns {{field: string, ours: any, theirs: any} | null} the first difference
 */
export function compareHello(ours, theirs) {
  const field = COMPARED.find((each) => digestOf(ours[each]) !== digestOf(theirs[each]));
  return field === undefined ? null : { field, ours: ours[field] ?? null, theirs: theirs[field] ?? null };
}

/** Everyone says HELLO once; an episode starts when all of them fit. */
export class Greeting {
  /** @type {Set<number>} */
  #fitting = new Set();
  #said = false;

  /** @param {SessionConfig} config */
  constructor(config) {
    this.ours = makeHello(config);
  }

  /** @param {import("./outbox.js").Outbox} outbox */
  say(outbox) {
    if (!this.#said) outbox.controlAll({ t: "HELLO", epoch: 0, hello: this.ours });
    this.#said = true;
  }

  /**
   * @param {number} from
   * @param {Hello} theirs
   * @returns {{field: string, ours: any, theirs: any} | null} why the two cannot play
   */
  hear(from, theirs) {
    const difference = compareHello(this.ours, theirs);
    if (!difference) this.#fitting.add(from);
    return difference;
  }

  /** @param {readonly number[]} players @returns {boolean} */
  fits(players) {
    return players.every((player) => this.#fitting.has(player));
  }
}

/** @param {any} value */
function digestOf(value) {
  return new Digest().value(value).hex();
}
