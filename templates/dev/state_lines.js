// State lines: two states, as typed JSON (igbuild.runtime.typed), side by side, a line for each value. Pure.

/** @typedef {{path: string, one: string, other: string, equal: boolean}} Line */

const ABSENT = Symbol("absent");
/** Longer lists of numbers are one line: those of random generators have hundreds. */
const LONG = 32;
/** Characters of a value that are shown. */
const SHOWN = 60;

/** How numpy writes the types of numbers, and how many bytes and which view they have. @type {Readonly<Record<string, (data: DataView, at: number) => unknown>>} */
const READ = Object.freeze({
  "|b1": (data, at) => data.getUint8(at) !== 0,
  "|u1": (data, at) => data.getUint8(at),
  "|i1": (data, at) => data.getInt8(at),
  "<u2": (data, at) => data.getUint16(at, true),
  "<i2": (data, at) => data.getInt16(at, true),
  "<u4": (data, at) => data.getUint32(at, true),
  "<i4": (data, at) => data.getInt32(at, true),
  "<u8": (data, at) => data.getBigUint64(at, true),
  "<i8": (data, at) => data.getBigInt64(at, true),
  "<f4": (data, at) => data.getFloat32(at, true),
  "<f8": (data, at) => data.getFloat64(at, true),
});

/**
 * @param {unknown} one
 * @param {unknown} other
 * @returns {Generator<Line>} in the order of `one`; paths are written as in Python
 */
export function* stateLines(one, other) {
  for (const line of lines("", one, other)) yield { ...line, path: line.path.replace(/^\./, "") || "the state" };
}

/**
 * @param {unknown} one
 * @param {unknown} other
 * @returns {Line | null} null: they are equal
 */
export function firstDifference(one, other) {
  for (const line of stateLines(one, other)) if (!line.equal) return line;
  return null;
}

/** @param {string} path @param {any} one @param {any} other @returns {Generator<Line>} */
function* lines(path, one, other) {
  if (isMarked(one) && isMarked(other)) yield* markedLines(path, one, other);
  else if (Array.isArray(one) && Array.isArray(other)) yield* listLines(path, one, other);
  else if (isPlain(one) && isPlain(other)) yield* pairLines(path, Object.entries(one), Object.entries(other), step);
  else yield line(path, one, other, same(one, other));
}

/** @param {string} path @param {any} one @param {any} other @returns {Generator<Line>} */
function* markedLines(path, one, other) {
  const kind = one.$;
  if (kind !== other.$) yield line(path, one, other, false);
  else if (kind === "dict") yield* pairLines(path, one.v.map(textKey), other.v.map(textKey), step);
  else if (kind === "set" || kind === "frozenset") yield line(path, sorted(one.v), sorted(other.v), same(sorted(one.v), sorted(other.v)));
  else if (kind === "array" || kind === "scalar") yield* arrayLines(path, one, other);
  else if (kind === "object") {
    if (one.type !== other.type) yield line(`${path}, its type`, one.type, other.type, false);
    yield* pairLines(path, Object.entries(one.v), Object.entries(other.v), (name) => `.${name}`);
  } else if (isContainer(one.v) && isContainer(other.v)) {
    yield* lines(path, one.v, other.v);
    if (one.own || other.own) yield* pairLines(path, Object.entries(one.own ?? {}), Object.entries(other.own ?? {}), (name) => `.${name}`);
  } else yield line(path, one, other, same(withoutId(one), withoutId(other)));
}

/** @param {string} path @param {any[]} one @param {any[]} other @returns {Generator<Line>} */
function* listLines(path, one, other) {
  if (one.length > LONG && one.length === other.length && [...one, ...other].every((item) => typeof item !== "object")) {
    yield* longLines(path, one, other, (i) => `[${i}]`);
    return;
  }
  for (let i = 0; i < Math.min(one.length, other.length); i++) yield* lines(`${path}[${i}]`, one[i], other[i]);
  if (one.length !== other.length) yield line(`${path}, its length`, one.length, other.length, false);
  else if (one.length === 0) yield line(path, one, other, true);
}

/** One line, which names the first item that differs. @param {string} path @param {any[]} one @param {any[]} other @param {(i: number) => string} at @returns {Generator<Line>} */
function* longLines(path, one, other, at) {
  const different = one.flatMap((item, i) => (same(item, other[i]) ? [] : [i]));
  if (different.length === 0) {
    yield { path, one: `${one.length} values`, other: `${other.length} values`, equal: true };
    return;
  }
  const [i] = different;
  const more = different.length > 1 ? ` (and ${different.length - 1} more of ${one.length})` : "";
  yield { path: path + at(i) + more, one: show(one[i]), other: show(other[i]), equal: false };
}

/** @param {string} path @param {any} one @param {any} other @returns {Generator<Line>} */
function* arrayLines(path, one, other) {
  const mine = numbersOf(one);
  const theirs = numbersOf(other);
  const shape = /** @type {number[]} */ (one.shape ?? []);
  if (!mine || !theirs || one.dtype !== other.dtype || !same(shape, other.shape ?? [])) {
    yield line(path, one, other, same(withoutId(one), withoutId(other)));
  } else if (mine.length > LONG) yield* longLines(path, mine, theirs, (i) => place(i, shape));
  else for (const [i, value] of mine.entries()) yield line(path + place(i, shape), value, theirs[i], same(value, theirs[i]));
}

/**
 * @param {string} path
 * @param {[string, any][]} one
 * @param {[string, any][]} other
 * @param {(key: string) => string} part of the path
 * @returns {Generator<Line>}
 */
function* pairLines(path, one, other, part) {
  const theirs = new Map(other);
  const mine = new Map(one);
  const join = (/** @type {string} */ key) => (path ? path + part(key) : `.${key}`);
  for (const [key, value] of one) {
    if (theirs.has(key)) yield* lines(join(key), value, theirs.get(key));
    else yield line(join(key), value, ABSENT, false);
  }
  for (const [key, value] of other) if (!mine.has(key)) yield line(join(key), ABSENT, value, false);
  if (one.length + other.length === 0) yield line(path, {}, {}, true);
}

/** @param {string} path @param {unknown} one @param {unknown} other @param {boolean} equal @returns {Line} */
const line = (path, one, other, equal) => ({ path, one: show(one), other: show(other), equal });

/** @param {string} key @returns {string} the key as a step of a path; those of other types are written in brackets already */
const step = (key) => (key.startsWith("[") ? key : `['${key.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}']`);

/** @param {[any, any]} pair of a typed dict @returns {[string, any]} */
function textKey([key, value]) {
  if (typeof key === "string") return [key, value];
  return [`[${isMarked(key) && typeof key.v === "string" ? key.v : JSON.stringify(isMarked(key) ? key.v : key)}]`, value];
}

/** @param {number} index in the flat array @param {number[]} shape */
function place(index, shape) {
  let rest = index;
  const parts = shape.toReversed().map((length) => {
    const part = rest % length;
    rest = Math.floor(rest / length);
    return `[${part}]`;
  });
  return parts.reverse().join("");
}

/** @param {any} array typed @returns {any[] | null} its items; null where they are not plain numbers */
function numbersOf({ dtype, v }) {
  const read = READ[dtype];
  if (!read || typeof v !== "string") return null;
  const bytes = Uint8Array.from(atob(v), (char) => char.charCodeAt(0));
  const width = Number(dtype.slice(2));
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / width }, (_, i) => read(view, i * width));
}

/** @param {unknown} value @returns {value is {$: string, v: any}} */
const isMarked = (value) => typeof value === "object" && value !== null && typeof (/** @type {any} */ (value).$) === "string";
/** @param {unknown} value */
const isContainer = (value) => typeof value === "object" && value !== null;
/** @param {unknown} value */
const isPlain = (value) => isContainer(value) && !Array.isArray(value) && !isMarked(value);

/** Numbers of shared parts say nothing about the values. @param {any} marked */
function withoutId({ id: _, ...rest }) {
  return rest;
}

/** @param {any[]} items of a set, whose order says nothing */
const sorted = (items) => items.map((item) => json(item)).sort();

/** @param {unknown} one @param {unknown} other */
const same = (one, other) => Object.is(one, other) || (isContainer(one) && isContainer(other) && json(one) === json(other));

/** @param {unknown} value */
const json = (value) => JSON.stringify(value, (_, item) => (typeof item === "bigint" ? String(item) : ArrayBuffer.isView(item) ? [.../** @type {any} */ (item)] : item)) ?? "undefined";

/** @param {unknown} value */
function show(value) {
  if (value === ABSENT) return "absent";
  const inner = isMarked(value) && !isContainer(value.v) ? value.v : value;
  const text = isMarked(value) && typeof inner === "string" ? inner : typeof inner === "number" || typeof inner === "bigint" ? String(inner) : json(inner);
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN - 1)}…`;
}
