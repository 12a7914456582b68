// Actions as fixed-width bytes, typed by the action space: what an input carries on the wire.
import { RollbackError } from "./errors.js";

/**
 * As `initEnv` answers it. `n` is a number (discrete, multibinary) or a list (multidiscrete, `nvec` likewise).
 *
 * @typedef {object} ActionSpace
 * @property {string} kind discrete, multidiscrete, multibinary or box; case does not matter
 * @property {any} [n]
 * @property {number[]} [nvec]
 * @property {any} [start]
 * @property {number[]} [shape]
 * @property {any} [low] a number, or one per element, nested or flat
 * @property {any} [high]
 * @property {string} [dtype]
 */

/**
 * `encode` gives all zeros for the default action and never all ones, which mean absence.
 *
 * @typedef {object} ActionCodec
 * @property {number} width in bytes
 * @property {(action: any) => Uint8Array} encode throws RollbackError `invalid-action`
 * @property {(bytes: Uint8Array) => any} decode an absent slot's bytes give the default action
 */

/** Steps between a continuous element's limits: even, so that the middle is exact, and one code short of 16 bits. */
const BOX_STEPS = 65534;

/**
 * One number of an action as a code in 0 .. size - 1, where 0 is the default.
 *
 * @typedef {object} Element
 * @property {number} size
 * @property {(value: unknown) => number} index
 * @property {(index: number) => number | boolean} value
 * @property {number} origin the index of the default
 * @property {unknown} exact the default itself, which a quantised index may miss
 */

/**
 * @param {ActionSpace} space
 * @param {any} defaultAction
 * @returns {ActionCodec}
 * @throws {RollbackError} `invalid-config` for a space that has no finite encoding, `invalid-action` for a default
 *   that is not in it
 */
export function actionCodec(space, defaultAction) {
  const { elements, shape } = parse(space, defaultAction);
  const widths = elements.map(({ size }) => byteWidth(size));
  const total = widths.reduce((sum, each) => sum + each, 0);

  const encode = (/** @type {any} */ action) => {
    const values = shape ? flatten(action) : [action];
    if (values.length !== elements.length) throw notInSpace(action, `${elements.length} numbers`);
    const bytes = new Uint8Array(total);
    let at = 0;
    elements.forEach(({ size, origin, index }, i) => {
      let code = (index(values[i]) - origin + size) % size;
      for (let byte = 0; byte < widths[i]; byte++, code = Math.floor(code / 256)) bytes[at++] = code % 256;
    });
    return bytes;
  };

  const decode = (/** @type {Uint8Array} */ bytes) => {
    const values = [];
    const absent = bytes.every((byte) => byte === 0xff);
    let at = 0;
    for (const [i, { size, origin, value, exact }] of elements.entries()) {
      let code = 0;
      for (let byte = widths[i] - 1; byte >= 0; byte--) code = code * 256 + bytes[at + byte];
      at += widths[i];
      values.push(absent || code === 0 || code >= size ? exact : value((code + origin) % size));
    }
    return shape ? reshape(values, shape) : values[0];
  };

  encode(defaultAction);
  return { width: total, encode, decode };
}

/**
 * Codecs of equal width for slots whose spaces differ. An action is a list: one of each agent whose actions the slot's
 * owner authors.
 *
 * @param {{space: ActionSpace, defaultAction: any}[][]} slots
 * @returns {ActionCodec[]}
 */
export function slotCodecs(slots) {
  const lists = slots.map((list) => list.map(({ space, defaultAction }) => actionCodec(space, defaultAction)));
  const width = Math.max(...lists.map((list) => list.reduce((sum, codec) => sum + codec.width, 0)));
  return lists.map((list) => listCodec(list, width));
}

/** @param {ActionCodec[]} codecs @param {number} width @returns {ActionCodec} */
function listCodec(codecs, width) {
  const starts = codecs.map((_, i) => codecs.slice(0, i).reduce((sum, codec) => sum + codec.width, 0));
  const encode = (/** @type {any[]} */ actions) => {
    const bytes = new Uint8Array(width);
    codecs.forEach((codec, i) => bytes.set(codec.encode(actions[i]), starts[i]));
    return bytes;
  };
  const decode = (/** @type {Uint8Array} */ bytes) =>
    codecs.map((codec, i) => codec.decode(bytes.subarray(starts[i], starts[i] + codec.width)));
  return { width, encode, decode };
}

/** Bytes for `size` codes, the code of all ones kept free. @param {number} size */
function byteWidth(size) {
  let width = 1;
  while (size > 256 ** width - 1) width++;
  return width;
}

/**
 * @param {ActionSpace} space
 * @param {any} defaultAction
 * @returns {{elements: Element[], shape: number[] | null}} shape null: the action is one number
 */
function parse(space, defaultAction) {
  const kind = space.kind.toLowerCase();
  const flat = flatten(defaultAction);
  const defaults = flat.length > 1 || Array.isArray(defaultAction) ? flat : null;
  if (kind === "discrete") return { elements: [discrete(space.n, Number(space.start ?? 0), defaultAction)], shape: null };
  if (kind === "multidiscrete" || kind === "multibinary") {
    const sizes = kind === "multidiscrete" ? flatten(space.nvec ?? space.n) : Array(product(space.shape ?? [space.n])).fill(2);
    const starts = space.start === undefined ? [] : flatten(space.start);
    const shape = space.shape ?? [sizes.length];
    return { elements: sizes.map((n, i) => discrete(Number(n), Number(starts[i] ?? 0), defaults ? defaults[i] : defaultAction)), shape };
  }
  if (kind === "box") {
    const shape = space.shape ?? [];
    const count = product(shape);
    const lows = spread(space.low, count);
    const highs = spread(space.high, count);
    const make = /int/.test(space.dtype ?? "") ? integer : continuous;
    const elements = lows.map((low, i) => make(low, highs[i], defaults ? defaults[i] : defaultAction));
    return { elements, shape: shape.length ? shape : null };
  }
  throw new RollbackError(
    "invalid-config",
    `Actions of the space ${JSON.stringify(space.kind)} cannot be sent; Discrete, MultiDiscrete, MultiBinary and Box can.`,
  );
}

/**
 * @param {number} n
 * @param {number} start
 * @param {unknown} initial the default
 * @returns {Element}
 */
function discrete(n, start, initial) {
  if (!(Number.isSafeInteger(n) && n >= 1)) {
    throw new RollbackError("invalid-config", `A discrete action space of ${n} actions cannot be sent; its size is a whole number from 1.`);
  }
  const index = (/** @type {unknown} */ value) => {
    const number = Number(value) - start;
    if (!Number.isInteger(number) || number < 0 || number >= n) throw notInSpace(value, `a whole number in ${start} .. ${start + n - 1}`);
    return number;
  };
  return { size: n, index, value: (i) => i + start, origin: index(initial), exact: initial };
}

/** @param {number} low @param {number} high @param {unknown} initial @returns {Element} */
function integer(low, high, initial) {
  return discrete(high - low + 1, low, initial);
}

/** @param {number} low @param {number} high @param {unknown} initial @returns {Element} */
function continuous(low, high, initial) {
  if (!(Number.isFinite(low) && Number.isFinite(high) && low < high)) {
    throw new RollbackError("invalid-config", `A Box action in ${low} .. ${high} cannot be quantised; give it finite limits.`);
  }
  const step = (high - low) / BOX_STEPS;
  const index = (/** @type {unknown} */ value) => {
    const number = Number(value);
    if (!(number >= low && number <= high)) throw notInSpace(value, `a number in ${low} .. ${high}`);
    return Math.round((number - low) / step);
  };
  const value = (/** @type {number} */ i) => (i === BOX_STEPS ? high : low + i * step);
  return { size: BOX_STEPS + 1, index, value, origin: index(initial), exact: initial };
}

/** @param {unknown} action @param {string} expected */
function notInSpace(action, expected) {
  return new RollbackError("invalid-action", `The action ${JSON.stringify(action)} is not in its space: expected ${expected}.`);
}

/** Lists, typed arrays and the worker's `{shape, data}` arrays. @param {any} values @returns {any[]} */
function flatten(values) {
  if (ArrayBuffer.isView(values?.data)) return flatten(values.data);
  if (ArrayBuffer.isView(values)) return Array.from(/** @type {any} */ (values));
  return Array.isArray(values) ? values.flat(Infinity) : [values];
}

/** @param {any} limit one for all, or one each @param {number} count @returns {number[]} */
function spread(limit, count) {
  const values = flatten(limit).map(Number);
  return values.length === count ? values : Array(count).fill(values[0]);
}

/** @param {number[]} shape */
function product(shape) {
  return shape.reduce((size, length) => size * length, 1);
}

/** @param {any[]} values @param {number[]} shape @returns {any} nested lists */
function reshape(values, shape) {
  if (shape.length <= 1) return values;
  const size = values.length / shape[0];
  return Array.from({ length: shape[0] }, (_, i) => reshape(values.slice(i * size, (i + 1) * size), shape.slice(1)));
}
