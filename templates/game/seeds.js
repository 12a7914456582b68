// Seeds: which seed each episode is reset with, derived from one session seed so that a session can be repeated.

/** Odd constant of the golden ratio, 2^32 / phi: spreads consecutive episodes over all 32 bits. */
const GOLDEN = 0x9e3779b9;

/**
 * Mix 32 bits so that each of them depends on all (the finaliser of Austin Appleby's MurmurHash3, a bijection).
 *
 * @param {number} value any integer; its low 32 bits count
 * @returns {number} an integer in 0 .. 2^32 - 1
 */
export function mix32(value) {
  let bits = value >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/**
 * The seed that an episode's `reset` gets: 31 bits, so that it also fits where an environment keeps a C int.
 * Two episodes of one session never get the same 32 bits before the last one is dropped.
 *
 * The same in Python:
 *
 *     def mix32(x):
 *         x &= 0xFFFFFFFF
 *         x = ((x ^ x >> 16) * 0x85EBCA6B) & 0xFFFFFFFF
 *         x = ((x ^ x >> 13) * 0xC2B2AE35) & 0xFFFFFFFF
 *         return x ^ x >> 16
 *
 *     def episode_seed(session, episode):
 *         return mix32(mix32(session) + 0x9E3779B9 * (episode + 1)) >> 1
 *
 * @param {number} session the session seed, an integer in 0 .. 2^32 - 1
 * @param {number} episode the episode's number, 0 for the first
 * @returns {number} an integer in 0 .. 2^31 - 1
 * @throws {RangeError} when either is no such integer
 */
export function episodeSeed(session, episode) {
  if (session >>> 0 !== session) throw new RangeError(`A session seed is a whole number of 32 bits, not ${session}.`);
  if (episode >>> 0 !== episode) throw new RangeError(`An episode's number is a whole number from 0, not ${episode}.`);
  return mix32(mix32(session) + Math.imul(GOLDEN, episode + 1)) >>> 1;
}

/**
 * Draw a session seed from the browser's source of randomness.
 *
 * @param {Pick<Crypto, "getRandomValues">} [source]
 * @returns {number} an integer in 0 .. 2^32 - 1
 */
export function drawSessionSeed(source = crypto) {
  return source.getRandomValues(new Uint32Array(1))[0];
}
