// One input: the bytes of an action and one status byte.
import { RollbackError } from "./errors.js";

/** @typedef {import("./types.js").Input} Input */

/** Bit of the status byte: the page of the player is hidden. */
const HIDDEN = 1;

/**
 * The default action, by someone who looks: all bits zero.
 *
 * @param {number} width of an input, in bytes
 * @returns {Input}
 */
export function neutralInput(width) {
  return new Uint8Array(width);
}

/**
 * What stands for a slot that nobody plays: all bits one, which no action is encoded as.
 *
 * @param {number} width of an input, in bytes
 * @returns {Input}
 */
export function absentInput(width) {
  return new Uint8Array(width).fill(0xff);
}

/**
 * @param {Input} input
 * @returns {boolean} whether nobody plays the slot: the action's bits are all one
 */
export function isAbsent(input) {
  for (let i = 0; i < input.length - 1; i++) if (input[i] !== 0xff) return false;
  return true;
}

/**
 * @param {Input} a
 * @param {Input} b of the same width
 * @returns {boolean}
 */
export function sameInput(a, b) {
  if (a === b) return true;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/**
 * @param {Uint8Array} action as its codec encoded it
 * @param {boolean} hidden
 * @returns {Input}
 * @throws {RollbackError} `invalid-action` for the bytes that mean absence
 */
export function authoredInput(action, hidden) {
  const input = new Uint8Array(action.length + 1);
  input.set(action);
  input[action.length] = hidden ? HIDDEN : 0;
  if (isAbsent(input)) {
    throw new RollbackError("invalid-action", "An action of all ones means that nobody plays; encode actions with actionCodec().");
  }
  return input;
}

/**
 * @param {Input} input
 * @returns {Uint8Array} the action's bytes
 */
export function actionBytes(input) {
  return input.subarray(0, input.length - 1);
}

/**
 * @param {Input} input
 * @returns {boolean} whether the player could see the game: an absent one could not
 */
export function isFocused(input) {
  return (input[input.length - 1] & HIDDEN) === 0;
}

/**
 * @param {readonly Input[]} inputs
 * @returns {string} their bytes in hex, one after the other
 */
export function toHex(inputs) {
  let text = "";
  for (const input of inputs) for (const byte of input) text += byte.toString(16).padStart(2, "0");
  return text;
}

/**
 * Undo `toHex`.
 *
 * @param {unknown} text
 * @param {number} width of an input, in bytes
 * @returns {Input[] | null} null when it is not hex of whole inputs
 */
export function fromHex(text, width) {
  if (typeof text !== "string" || text.length % (2 * width) || !/^[0-9a-f]*$/.test(text)) return null;
  const inputs = [];
  for (let at = 0; at < text.length; at += 2 * width) {
    inputs.push(Uint8Array.from({ length: width }, (_, i) => parseInt(text.slice(at + 2 * i, at + 2 * i + 2), 16)));
  }
  return inputs;
}
