// A seeded stream of random numbers, so that what it decides can be repeated.

/**
 * mulberry32, by Tommy Ettinger: not for secrets, and no part of a game's state.
 *
 * @param {number} seed 32 bits count
 * @returns {() => number} numbers in 0 .. 1, 1 excluded
 */
export function randomStream(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
