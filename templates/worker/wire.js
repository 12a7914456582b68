// JSON that keeps what JSON loses: non-finite floats, large integers, arrays, and dicts that look like our escapes.
// The same escapes are spoken by igbuild.runtime on the Python side.

/** Keys that mean something to us, and so must be escaped when they are a dict's own. */
const MARKS = new Set(["$float", "$int", "$buffer", "$dict"]);

/** Most answers hold none of the marks, and are not walked. */
const MARKED = /"\$(?:float|int|buffer|dict)"/;

/** @type {Readonly<Record<string, number>>} */
const FLOATS = Object.freeze({ nan: NaN, inf: Infinity, "-inf": -Infinity });

/**
 * A numeric array as Python had it: row-major `data` of the given `shape`.
 * @typedef {{dtype: string, shape: number[], data: ArrayBufferView}} NdArray
 */

/** @param {number} value */
function escapeNumber(value) {
  if (Number.isFinite(value)) return Object.is(value, -0) ? { $float: "-0.0" } : value;
  return { $float: Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf" };
}

/**
 * Turn a value into one that `JSON.stringify` writes without loss.
 *
 * Maps become objects, typed arrays become lists, `undefined` becomes null.
 * @param {any} value anything that structured cloning lets through
 * @returns {any}
 */
export function escapeWire(value) {
  switch (typeof value) {
    case "number":
      return escapeNumber(value);
    case "bigint":
      return { $int: value.toString() };
    case "undefined":
      return null;
    case "object":
      break;
    default:
      return value;
  }
  if (value === null) return null;
  if (Array.isArray(value)) return value.map(escapeWire);
  if (ArrayBuffer.isView(value)) return Array.from(/** @type {any} */ (value), escapeWire);
  const entries = value instanceof Map ? [...value.entries()] : Object.entries(value);
  const escaped = entries.map(([key, item]) => [key, escapeWire(item)]);
  return entries.some(([key]) => MARKS.has(key)) ? { $dict: escaped } : Object.fromEntries(escaped);
}

/**
 * @param {any} value
 * @param {ArrayBufferView[]} buffers
 * @returns {any}
 */
function revive(value, buffers) {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = revive(value[i], buffers);
    return value;
  }
  if ("$float" in value) return value.$float === "-0.0" ? -0 : FLOATS[value.$float];
  if ("$int" in value) return BigInt(value.$int);
  if ("$buffer" in value) return { dtype: value.dtype, shape: value.shape, data: buffers[value.$buffer] };
  if ("$dict" in value) {
    return Object.fromEntries(value.$dict.map((/** @type {[string, any]} */ [key, item]) => [key, revive(item, buffers)]));
  }
  for (const key in value) value[key] = revive(value[key], buffers);
  return value;
}

/**
 * Read JSON text that Python wrote.
 * @param {string} text
 * @param {ArrayBufferView[]} [buffers] the arrays that `$buffer` refers to; each becomes an `NdArray`
 * @returns {any}
 */
export function parseWire(text, buffers = []) {
  const value = JSON.parse(text);
  return MARKED.test(text) ? revive(value, buffers) : value;
}

/**
 * Write JSON text for Python to read.
 * @param {any} value
 * @returns {string}
 */
export function writeWire(value) {
  return JSON.stringify(escapeWire(value));
}
