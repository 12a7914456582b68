// A seeded stream of random numbers, so that a failing run can be repeated.

/**
 * sfc32, by Chris Doty-Humphrey (PractRand): 128 bits of state.
 *
 * @param {number} seed
 * @returns {() => number} numbers in 0 .. 1, 1 excluded
 */
export function randomStream(seed) {
  let [a, b, c, counter] = [seed | 0, Math.imul(seed, 0x9e3779b1), 0x2545f491, 1];
  const next = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 12; i++) next();
  return next;
}
