// Wire v1: the packets of the unreliable channel as bytes, little-endian. Any change to them is a new version.
import { MAX_PACKET_BYTES, MAX_PACKET_INPUTS, MAX_PLAYERS } from "./config.js";

export const WIRE_VERSION = 1;

const MAGIC = 0xb7;
const TYPE = Object.freeze({ input: 1, ping: 2, pong: 3 });
const FLAG = Object.freeze({ chain: 1, hidden: 2, holding: 4, stalled: 8 });
const KNOWN_FLAGS = 15;
const HEADER = 24;
const CHAIN_BYTES = 12;
const PING_BYTES = 22;
const MAX_I16 = 0x7fff;
/** Advantages travel in sixteenths of a frame. */
const ADVANTAGE_UNIT = 16;

/** @typedef {import("./types.js").Input} Input */
/** @typedef {import("./canonical_log.js").Checkpoint} Checkpoint */

/**
 * @typedef {object} InputMessage
 * @property {"input"} type
 * @property {number} sender slot
 * @property {number} tag of the session
 * @property {number} epoch of the episode
 * @property {boolean} hidden the sender's page is hidden
 * @property {boolean} holding the sender waits at a speculative end
 * @property {boolean} stalled the sender waits for inputs
 * @property {number} inputBytes
 * @property {number} start frame of the first input
 * @property {number} advantage frames that the sender seems ahead of the receiver
 * @property {number} frame the sender opens next
 * @property {readonly number[]} receipts last input that the sender holds, by slot; -1: none
 * @property {Checkpoint | null} checkpoint the sender's newest
 * @property {readonly Input[]} inputs the sender's own
 */

/** @typedef {{type: "ping" | "pong", sender: number, tag: number, epoch: number, seq: number, time: number}} PingMessage */

/**
 * @param {number} players
 * @param {number} inputBytes
 * @returns {number} inputs that fit into one packet
 */
export function packetCapacity(players, inputBytes) {
  const room = MAX_PACKET_BYTES - HEADER - 4 * players - CHAIN_BYTES;
  return Math.min(MAX_PACKET_INPUTS, Math.floor(room / inputBytes));
}

/**
 * @param {InputMessage} message
 * @returns {Uint8Array}
 */
export function encodeInput(message) {
  const { receipts, inputs, checkpoint, inputBytes } = message;
  const size = HEADER + 4 * receipts.length + (checkpoint ? CHAIN_BYTES : 0) + inputs.length * inputBytes;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  writeCommon(view, TYPE.input, message);
  bytes[10] =
    (checkpoint ? FLAG.chain : 0) | (message.hidden ? FLAG.hidden : 0) | (message.holding ? FLAG.holding : 0) | (message.stalled ? FLAG.stalled : 0);
  bytes[11] = inputBytes;
  view.setUint32(12, message.start, true);
  bytes[16] = inputs.length;
  bytes[17] = receipts.length;
  view.setInt16(18, Math.max(-MAX_I16, Math.min(MAX_I16, Math.round(message.advantage * ADVANTAGE_UNIT))), true);
  view.setUint32(20, message.frame, true);
  receipts.forEach((last, i) => view.setUint32(HEADER + 4 * i, last + 1, true));
  let at = HEADER + 4 * receipts.length;
  if (checkpoint) {
    view.setUint32(at, checkpoint.frame, true);
    view.setUint32(at + 4, parseInt(checkpoint.chain.slice(8), 16), true);
    view.setUint32(at + 8, parseInt(checkpoint.chain.slice(0, 8), 16), true);
    at += CHAIN_BYTES;
  }
  for (const input of inputs) {
    bytes.set(input, at);
    at += inputBytes;
  }
  return bytes;
}

/**
 * @param {PingMessage} message
 * @returns {Uint8Array}
 */
export function encodePing(message) {
  const bytes = new Uint8Array(PING_BYTES);
  const view = new DataView(bytes.buffer);
  writeCommon(view, TYPE[message.type], message);
  view.setUint32(10, message.seq, true);
  view.setFloat64(14, message.time, true);
  return bytes;
}

/**
 * Total: whatever is not exactly a packet of this version is null, never an exception.
 *
 * @param {unknown} data
 * @returns {InputMessage | PingMessage | null}
 */
export function decode(data) {
  const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : data;
  if (!(bytes instanceof Uint8Array) || bytes.length < PING_BYTES || bytes.length > MAX_PACKET_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes[0] !== MAGIC || bytes[1] !== WIRE_VERSION || bytes[3] >= MAX_PLAYERS) return null;
  const common = { sender: bytes[3], tag: view.getUint32(4, true), epoch: view.getUint16(8, true) };
  if (bytes[2] === TYPE.input) return decodeInput(bytes, view, common);
  if ((bytes[2] === TYPE.ping || bytes[2] === TYPE.pong) && bytes.length === PING_BYTES) {
    const type = bytes[2] === TYPE.ping ? "ping" : "pong";
    return { type, ...common, seq: view.getUint32(10, true), time: view.getFloat64(14, true) };
  }
  return null;
}

/**
 * @param {Uint8Array} bytes
 * @param {DataView} view
 * @param {{sender: number, tag: number, epoch: number}} common
 * @returns {InputMessage | null}
 */
function decodeInput(bytes, view, common) {
  if (bytes.length < HEADER) return null;
  const [flags, inputBytes, count, players] = [bytes[10], bytes[11], bytes[16], bytes[17]];
  if (flags & ~KNOWN_FLAGS || count > MAX_PACKET_INPUTS || players < 1 || players > MAX_PLAYERS || !inputBytes) return null;
  let at = HEADER + 4 * players;
  if (bytes.length !== at + (flags & FLAG.chain ? CHAIN_BYTES : 0) + count * inputBytes) return null;
  const receipts = Array.from({ length: players }, (_, i) => view.getUint32(HEADER + 4 * i, true) - 1);
  let checkpoint = null;
  if (flags & FLAG.chain) {
    checkpoint = { frame: view.getUint32(at, true), chain: hex32(view.getUint32(at + 8, true)) + hex32(view.getUint32(at + 4, true)) };
    at += CHAIN_BYTES;
  }
  const inputs = Array.from({ length: count }, (_, i) => bytes.slice(at + i * inputBytes, at + (i + 1) * inputBytes));
  return {
    type: "input",
    ...common,
    hidden: (flags & FLAG.hidden) !== 0,
    holding: (flags & FLAG.holding) !== 0,
    stalled: (flags & FLAG.stalled) !== 0,
    inputBytes,
    start: view.getUint32(12, true),
    advantage: view.getInt16(18, true) / ADVANTAGE_UNIT,
    frame: view.getUint32(20, true),
    receipts,
    checkpoint,
    inputs,
  };
}

/**
 * @param {DataView} view
 * @param {number} type
 * @param {{sender: number, tag: number, epoch: number}} common
 */
function writeCommon(view, type, { sender, tag, epoch }) {
  view.setUint8(0, MAGIC);
  view.setUint8(1, WIRE_VERSION);
  view.setUint8(2, type);
  view.setUint8(3, sender);
  view.setUint32(4, tag, true);
  view.setUint16(8, epoch, true);
}

/** @param {number} word */
function hex32(word) {
  return word.toString(16).padStart(8, "0");
}
