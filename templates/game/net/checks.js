// Checks: the few messages that peer connections themselves send beside the session's, to try a path and to time it.

/** First byte; the session's packets begin with another. */
const MAGIC = 0xb8;
const PING = 1;
const PONG = 2;
const BYTES = 10;

/** What `ctl` carries of ours. */
export const CHECK = "check";
export const CHECKED = "checked";

/**
 * @param {number} time of the sender, ms
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function ping(time) {
  const bytes = new Uint8Array(BYTES);
  bytes[0] = MAGIC;
  bytes[1] = PING;
  new DataView(bytes.buffer).setFloat64(2, time, true);
  return bytes;
}

/**
 * @param {Uint8Array} asked a ping
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function pong(asked) {
  const bytes = new Uint8Array(asked);
  bytes[1] = PONG;
  return bytes;
}

/**
 * @param {Uint8Array} bytes
 * @returns {{type: "ping"} | {type: "pong", time: number} | null} null: not one of these
 */
export function readCheck(bytes) {
  if (bytes.length !== BYTES || bytes[0] !== MAGIC) return null;
  if (bytes[1] === PING) return { type: "ping" };
  if (bytes[1] !== PONG) return null;
  return { type: "pong", time: new DataView(bytes.buffer, bytes.byteOffset).getFloat64(2, true) };
}

/**
 * @param {readonly number[]} values
 * @returns {number | null} null for none
 */
export function median(values) {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
