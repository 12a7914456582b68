// Last words: what a page that goes can still hand in, as requests that a browser carries for a page that is gone.
import { requestOf } from "./destinations.js";

/** @typedef {import("./chunks.js").Chunk} Chunk */
/** @typedef {import("./chunks.js").Kind} Kind */
/** @typedef {import("./outbox.js").Owner} Owner */

/** Bytes of a request: of all that is under way for pages that are gone, browsers take 64 KiB. */
export const BYTES = 60_000;

/** The less is known without a kind, the earlier it comes. @type {readonly Kind[]} */
const ORDER = ["meta", "rows", "validation", "local", "telemetry"];

const encoder = new TextEncoder();

/**
 * The most important first: a browser that has enough takes no more. A part that alone is too large is left out.
 *
 * @param {Owner} owner
 * @param {readonly Chunk[]} chunks
 * @returns {Generator<{url: string, body: string}>} nothing, where the server has given no token yet
 */
export function* lastWords(owner, chunks) {
  if (!owner.endpoint && owner.token === null) return;
  const size = (/** @type {Chunk} */ chunk) => encoder.encode(requestOf(owner, [chunk]).body).length;
  /** @type {Chunk[]} */
  let words = [];
  let bytes = 0;
  for (const chunk of chunks.toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind))) {
    const more = size(chunk);
    if (more > BYTES) continue;
    if (bytes + more > BYTES) {
      yield requestOf(owner, words);
      [words, bytes] = [[], 0];
    }
    words.push(chunk);
    bytes += more;
  }
  if (words.length > 0) yield requestOf(owner, words);
}
