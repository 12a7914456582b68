// Control messages: the JSON objects of the reliable channel, read without trusting them.
import { fromHex, toHex } from "./input.js";
import { WIRE_VERSION } from "./wire.js";

/** @typedef {import("./types.js").Input} Input */
/** @typedef {import("./config.js").SessionConfig} SessionConfig */

/**
 * Inputs `start .. last` of a slot; only what the receiver is not known to hold.
 *
 * @typedef {{player: number, start: number, last: number, inputs: Input[]}} Run
 */

/** @typedef {Run & {k: number, frame: number}} Resume the slot's k-th absence ends: `frame` is played again */

/**
 * @typedef {{t: "HELLO", epoch: number, hello: Record<string, any>}
 *   | {t: "READY", epoch: number, hash: string}
 *   | {t: "START", epoch: number}
 *   | {t: "EP_END", epoch: number, last: number, chain: string}
 *   | ({t: "AWAY", epoch: number, k: number} & Run)
 *   | ({t: "CLAIM", epoch: number, resumes: Resume[]} & Run)
 *   | {t: "RETURN", epoch: number, player: number}
 *   | ({t: "RESUME", epoch: number} & Resume)
 *   | {t: "RESUME_ACK", epoch: number, player: number, frame: number}
 *   | {t: "CHECKPOINTS", epoch: number, marks: [number, string][]}
 *   | {t: "GOODBYE", epoch: number}} ControlMessage
 */

/** @typedef {(value: any, config: SessionConfig) => boolean} Check */

/** @type {Check} */
const frame = (value) => Number.isInteger(value) && value >= -1 && value < 2 ** 32;
/** @type {Check} */
const count = (value) => Number.isInteger(value) && value >= 0;
/** @type {Check} */
const player = (value, { players }) => Number.isInteger(value) && value >= 0 && value < players;
/** @type {Check} */
const text = (value) => typeof value === "string" && value.length <= 256;
/** @type {Check} */
const hex = (value, { inputBytes }) => fromHex(value, inputBytes) !== null;
/** @type {Check} */
const object = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
/** @type {Check} */
const marks = (value, config) =>
  Array.isArray(value) && value.every((mark) => Array.isArray(mark) && mark.length === 2 && frame(mark[0], config) && text(mark[1], config));

const RUN = { player, start: frame, last: frame, inputs: hex };
const RESUME = { ...RUN, k: count, frame };
/** @type {Check} */
const resumes = (value, config) => Array.isArray(value) && value.every((each) => object(each, config) && fits(each, RESUME, config));

/** @type {Record<ControlMessage["t"], Record<string, Check>>} */
const SHAPES = {
  HELLO: { hello: object },
  READY: { hash: text },
  START: {},
  EP_END: { last: frame, chain: text },
  AWAY: { ...RUN, k: count },
  CLAIM: { ...RUN, resumes },
  RETURN: { player },
  RESUME,
  RESUME_ACK: { player, frame },
  CHECKPOINTS: { marks },
  GOODBYE: {},
};

/**
 * @param {ControlMessage} message
 * @returns {any} plain JSON
 */
export function writeControl(message) {
  const run = "inputs" in message ? { inputs: toHex(message.inputs) } : {};
  const nested = "resumes" in message ? { resumes: message.resumes.map((each) => ({ ...each, inputs: toHex(each.inputs) })) } : {};
  return { ...message, ...run, ...nested, v: WIRE_VERSION };
}

/**
 * Total: whatever is not a message of this version is null.
 *
 * @param {unknown} data
 * @param {SessionConfig} config
 * @returns {ControlMessage | null}
 */
export function readControl(data, config) {
  if (!object(data, config)) return null;
  const { t, v, epoch } = /** @type {any} */ (data);
  if (v !== WIRE_VERSION || typeof t !== "string" || !Object.hasOwn(SHAPES, t) || !count(epoch, config)) return null;
  const shape = SHAPES[/** @type {ControlMessage["t"]} */ (t)];
  return fits(data, shape, config) ? /** @type {ControlMessage} */ ({ t, epoch, ...pick(data, shape, config) }) : null;
}

/** @param {any} value @param {Record<string, Check>} shape @param {SessionConfig} config */
function fits(value, shape, config) {
  return Object.entries(shape).every(([key, check]) => check(value[key], config));
}

/** What the shape names and nothing else, inputs as bytes. @param {any} value @param {Record<string, Check>} shape @param {SessionConfig} config */
function pick(value, shape, config) {
  const picked = Object.fromEntries(Object.keys(shape).map((key) => [key, value[key]]));
  if ("inputs" in shape) picked.inputs = fromHex(value.inputs, config.inputBytes);
  if ("resumes" in shape) picked.resumes = value.resumes.map((/** @type {any} */ each) => pick(each, RESUME, config));
  return picked;
}
