// Part lines: parts with whose they are, as they are posted to an endpoint and saved as a file (docs/data-format.md).

/** @typedef {import("./chunks.js").Chunk} Chunk */
/** @typedef {import("./outbox.js").Owner} Owner */

/**
 * @param {Owner} owner
 * @param {Chunk} chunk
 * @returns {string} a line of JSON; the same part is always the same line
 */
function partLine({ id, session, seat = 0, seats = 1, start }, { episode, kind, index, content }) {
  const { experiment, participant, site } = start;
  const whose = { experiment, session: session ?? id, participant, seat, seats, site };
  return JSON.stringify({ format: 1, id: `${id}/${episode}/${kind}/${index}`, ...whose, episode, kind, index, content });
}

/**
 * @param {Owner} owner
 * @param {readonly Chunk[]} chunks
 * @returns {string} JSON Lines
 */
export const partLines = (owner, chunks) => chunks.map((chunk) => `${partLine(owner, chunk)}\n`).join("");
