// Nested: arrays that crossed as memory, as the nested lists that rows hold.

/** @typedef {import("../../worker/wire.js").NdArray} NdArray */

/** @param {any} value @returns {value is NdArray} */
const isArray = (value) => ArrayBuffer.isView(value.data) && Array.isArray(value.shape);

/**
 * @param {any} value as the worker answers it
 * @returns {any} the same without typed arrays
 */
export function nested(value) {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(nested);
  if (isArray(value)) return lists(value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, nested(item)]));
}

/** @param {NdArray} array */
function lists({ dtype, shape, data }) {
  const numbers = /** @type {Float64Array} */ (data);
  let at = 0;
  /** @param {number} depth @returns {any} */
  const level = (depth) => {
    if (depth < shape.length) return Array.from({ length: shape[depth] }, () => level(depth + 1));
    const number = numbers[at++];
    return dtype === "bool" ? number !== 0 : number;
  };
  return level(0);
}
