// Destinations: how parts are handed to a server or posted to an endpoint, and what the answers mean.
import { partLines } from "./part_lines.js";

/** @typedef {import("./chunks.js").Chunk} Chunk */
/** @typedef {import("./outbox.js").Owner} Owner */
/** @typedef {(url: string, body: string) => Promise<Response>} Post */

/** Another try would be answered the same. */
export class Refused extends Error {
  /** @param {string} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** Files are all that there is at the server's address. */
export class Unserved extends Error {}

/** Answers of a server that are final. */
const FINAL = Object.freeze([400, 401, 403, 413]);
/** Answers that say "not now": of a server, or of a proxy in front of it. */
const PASSING = Object.freeze([408, 425, 429, 500, 502, 503, 504]);

/**
 * @param {Owner} owner
 * @param {readonly Chunk[]} chunks
 * @returns {{url: string, body: string}} the request that hands them in
 */
export function requestOf(owner, chunks) {
  const { endpoint, server, token } = owner;
  return endpoint ? { url: endpoint, body: partLines(owner, chunks) } : { url: `${server}/data/v1/chunks`, body: JSON.stringify({ token, chunks }) };
}

/**
 * Every answer of `igbuild serve` says whether it is well; what a proxy, a filter or somebody else's server answers in
 * its place is never final.
 *
 * @param {Response} response
 * @param {{ok?: unknown, code?: unknown}} answer
 * @returns {string | null} why another try would be answered the same; null: it may not be
 */
const refusal = ({ status }, { ok, code }) => (ok === false && typeof code === "string" && (FINAL.includes(status) || code === "wrong_experiment") ? code : null);

/** @param {Response} response */
const unexpected = ({ status }) => new Error(`The answer was ${status}.`);

/**
 * Hand parts to `igbuild serve`.
 *
 * @param {Post} post
 * @param {Owner} owner given a token, where it has none
 * @param {readonly Chunk[]} chunks
 * @param {(owner: Owner) => Promise<void>} remember the owner with its token
 * @returns {Promise<void>} settled once they are on the server's disk
 * @throws {Refused | Unserved | Error} an Error where another try may be answered otherwise
 */
export async function handToServer(post, owner, chunks, remember) {
  if (owner.token === null) {
    const { token, session } = await begin(post, owner);
    Object.assign(owner, { token, session });
    await remember(owner);
  }
  const { url, body } = requestOf(owner, chunks);
  const response = await post(url, body);
  const answer = await read(response);
  const code = refusal(response, answer);
  if (code !== null) throw new Refused(code);
  if (!answer.ok || answer.stored?.length !== chunks.length) throw unexpected(response);
}

/** @param {Post} post @param {Owner} owner @returns {Promise<{token: string, session: string}>} */
async function begin(post, owner) {
  const response = await post(`${owner.server}/data/v1/start`, JSON.stringify(owner.start));
  const answer = await read(response);
  const { ok, token, session } = answer;
  if (ok) return { token, session };
  // A static host knows no such address, or has a page for all.
  if (ok === undefined && !PASSING.includes(response.status)) throw new Unserved(`There is no server (${response.status}).`);
  const code = refusal(response, answer);
  throw code === null ? unexpected(response) : new Refused(code);
}

/** @param {Response} response @returns {Promise<any>} */
async function read(response) {
  const answer = await response.json().catch(() => null);
  return answer !== null && typeof answer === "object" ? answer : {};
}

/**
 * Post parts to an endpoint.
 *
 * @param {Post} post
 * @param {Owner & {endpoint: string}} owner
 * @param {readonly Chunk[]} chunks
 * @returns {Promise<void>} settled once the endpoint has said that it has them
 * @throws {Refused | Error} as `handToServer`
 */
export async function postToEndpoint(post, owner, chunks) {
  const { url, body } = requestOf(owner, chunks);
  const response = await post(url, body);
  if (response.ok) return;
  throw PASSING.includes(response.status) || response.status > 504 ? unexpected(response) : new Refused(String(response.status));
}
