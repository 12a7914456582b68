// Settings of a session: defaults with their reasons, the limits between them, and what measured costs allow.
import { RollbackError } from "./errors.js";

/** Slots in one session; a packet names each peer's receipts. */
export const MAX_PLAYERS = 8;
/** Inputs in one packet, so that one delivered packet repairs a blackout of a second or two. */
export const MAX_PACKET_INPUTS = 64;
/** Bytes of one packet: stays in one datagram on every path seen. */
export const MAX_PACKET_BYTES = 1200;
/** Confirmed frames that one batch may catch up, so that the worker answers within its timeout. */
export const FAST_FORWARD_FRAMES = 60;
/** Part of a frame's time that the worst rollback may take; the rest is for drawing and for noise. */
const FRAME_BUDGET = 0.8;
/** With fewer predicted frames than this, a link of ordinary quality stalls more than it plays. */
const MIN_FITTED_WINDOW = 2;

/**
 * @typedef {object} SessionOptions
 * @property {number} players slots, 2 to 8
 * @property {number} me this peer's slot
 * @property {number} fps
 * @property {number} actionBytes width of an encoded action, the same for all slots
 * @property {number} tag 32 random bits, equal on all peers: filters strays of other sessions
 * @property {number} [inputDelay] frames between a key press and its effect, equal on all peers
 * @property {number} [predictionWindow] frames simulated beyond the last confirmed one; this peer's own
 * @property {number} [snapshotInterval] frames between snapshots; this peer's own
 * @property {number} [hashInterval] frames between the checkpoints that peers compare
 * @property {"repeat" | "default"} [predictor] what a late input is taken for: the last one, or the default action
 * @property {number} [interruptMs] silence after which a peer counts as interrupted
 * @property {number} [dropMs] silence after which a peer is dropped
 * @property {number} [absentMs] silence after which an absent or reconnecting peer is dropped
 * @property {"halt" | "flag"} [desyncPolicy] what a difference does: end the session, or mark the export
 * @property {"away" | "pause"} [absencePolicy] a frozen page's slot goes on without it, or all wait
 * @property {Record<string, unknown>} [identity] what else must be equal on all peers, compared at the start
 */

/** @typedef {Readonly<Required<SessionOptions> & {frameMs: number, inputBytes: number}>} SessionConfig */

/**
 * Defaults that follow from the frame rate.
 *
 * @param {number} fps
 */
export function defaultSettings(fps) {
  return {
    /** About 50 ms: below what most people notice, and as much as a good link needs. */
    inputDelay: Math.round(fps * 0.05),
    /** About 250 ms: a round trip on a bad link, and no more than a screen may be rewritten by. */
    predictionWindow: Math.min(12, Math.max(4, Math.round(fps * 0.25))),
    /** Where a snapshot costs about as much as a step; see `chooseInterval`. */
    snapshotInterval: 4,
    /** Once a second. */
    hashInterval: Math.max(1, Math.round(fps)),
    predictor: /** @type {"repeat" | "default"} */ ("repeat"),
    interruptMs: 500,
    /** Two seconds, as native games have it, is too short for browsers. */
    dropMs: 10_000,
    /** As long as a peer connection takes to be given up, and an ICE restart to succeed. */
    absentMs: 30_000,
    desyncPolicy: /** @type {"halt" | "flag"} */ ("halt"),
    absencePolicy: /** @type {"away" | "pause"} */ ("away"),
    identity: {},
  };
}

/**
 * @param {SessionOptions} options
 * @returns {SessionConfig}
 * @throws {RollbackError} `invalid-config`, naming the setting and its limits
 */
export function makeConfig(options) {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const config = /** @type {Required<SessionOptions>} */ ({ ...defaultSettings(options.fps), ...given });
  number("fps", config.fps, 1, 240);
  whole("players", config.players, 2, MAX_PLAYERS);
  whole("me", config.me, 0, config.players - 1);
  whole("actionBytes", config.actionBytes, 1, 254);
  whole("tag", config.tag, 0, 0xffffffff);
  whole("inputDelay", config.inputDelay, 0, 30);
  whole("predictionWindow", config.predictionWindow, 0, 60);
  whole("snapshotInterval", config.snapshotInterval, 1, 60);
  whole("hashInterval", config.hashInterval, 1, 3600);
  number("interruptMs", config.interruptMs, 1, Infinity);
  number("dropMs", config.dropMs, config.interruptMs, Infinity);
  number("absentMs", config.absentMs, config.dropMs, Infinity);
  choice("predictor", config.predictor, ["repeat", "default"]);
  choice("desyncPolicy", config.desyncPolicy, ["halt", "flag"]);
  choice("absencePolicy", config.absencePolicy, ["away", "pause"]);
  if (config.inputDelay + config.predictionWindow < 1) {
    refuse("inputDelay and predictionWindow are both 0, so no frame could ever open; give one of them at least 1");
  }
  return Object.freeze({ ...config, frameMs: 1000 / config.fps, inputBytes: config.actionBytes + 1 });
}

/**
 * Every frame, when a snapshot is nearly free; else every fourth.
 *
 * @param {{stepMs: number, saveMs: number}} costs measured
 * @returns {number} a snapshot interval
 */
export function chooseInterval({ stepMs, saveMs }) {
  return saveMs < 0.2 * stepMs ? 1 : 4;
}

/**
 * Lower a prediction window until the longest rollback fits into a frame.
 *
 * @param {object} costs
 * @param {number} costs.predictionWindow wished for
 * @param {number} costs.snapshotInterval
 * @param {number} costs.frameMs
 * @param {number} costs.stepMs measured, as are the next two
 * @param {number} costs.loadMs
 * @param {number} costs.saveMs
 * @returns {number} at least 2, unless less was wished for
 * @throws {RollbackError} `invalid-config` when the environment is too slow
 */
export function fitWindow({ predictionWindow, snapshotInterval, frameMs, stepMs, loadMs, saveMs }) {
  const worst = (/** @type {number} */ window) => {
    const replay = window + snapshotInterval - 1;
    return replay * stepMs + loadMs + (Math.ceil(replay / snapshotInterval) + 1) * saveMs;
  };
  for (let window = predictionWindow; window >= Math.min(MIN_FITTED_WINDOW, predictionWindow); window--) {
    if (worst(window) <= FRAME_BUDGET * frameMs) return window;
  }
  throw new RollbackError(
    "invalid-config",
    `The environment is too slow for rollback: replaying ${MIN_FITTED_WINDOW} frames takes ${worst(MIN_FITTED_WINDOW).toFixed(1)} ms ` +
      `of a frame's ${frameMs.toFixed(1)} ms (a step ${stepMs.toFixed(2)}, a load ${loadMs.toFixed(2)}, a save ${saveMs.toFixed(2)}); ` +
      "lower fps or make the step cheaper.",
  );
}

/** @param {string} what @returns {never} */
function refuse(what) {
  throw new RollbackError("invalid-config", `Rollback settings: ${what}.`);
}

/** @param {string} name @param {number} value @param {number} low @param {number} high */
function number(name, value, low, high) {
  if (!(value >= low && value <= high)) refuse(`${name} is ${value}; it must lie in ${low} .. ${high}`);
}

/** @param {string} name @param {number} value @param {number} low @param {number} high */
function whole(name, value, low, high) {
  if (!Number.isInteger(value)) refuse(`${name} is ${value}; it must be a whole number`);
  number(name, value, low, high);
}

/** @param {string} name @param {string} value @param {string[]} choices */
function choice(name, value, choices) {
  if (!choices.includes(value)) refuse(`${name} is ${JSON.stringify(value)}; choose one of ${choices.join(", ")}`);
}
