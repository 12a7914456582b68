// Two states in typed JSON, value by value.
import assert from "node:assert/strict";
import test from "node:test";
import { firstDifference, stateLines } from "../../../templates/dev/state_lines.js";

/** @param {unknown} one @param {unknown} other */
const differing = (one, other) => [...stateLines(one, other)].filter(({ equal }) => !equal).map(({ path, one: mine, other: theirs }) => [path, mine, theirs]);

/** @param {string} dtype @param {number[]} shape @param {ArrayBufferView} values */
const array = (dtype, shape, values) => ({ $: "array", dtype, shape, v: Buffer.from(values.buffer).toString("base64") });

test("equal states have no difference, whatever the numbers of their shared parts", () => {
  const state = (/** @type {number} */ id) => ({ env_state: { fish: [{ $: "float", v: "1.0" }], seen: { $: "list", id, v: [1] }, again: { $: "ref", v: 3 } }, np_rng_state: null });
  assert.equal(firstDifference(state(3), state(4)), null);
  assert.deepEqual([...stateLines(state(3), state(3))].map(({ path }) => path), ["env_state['fish'][0]", "env_state['seen'][0]", "env_state['again']", "np_rng_state"]);
});

test("a path is that of Python, and a value that of the state", () => {
  const state = (/** @type {any} */ x) => ({ env_state: { boats: { red: [1, x] }, "it's": 1 } });
  assert.deepEqual(differing(state({ $: "float", v: "2.0" }), state(2.5)), [["env_state['boats']['red'][1]", "2.0", "2.5"]]);
  assert.deepEqual(differing({ a: { "it's": 1 } }, { a: { "it's": "1" } }), [["a['it\\'s']", "1", '"1"']]);
});

test("what only one of them has is absent in the other, and lists of other lengths say so", () => {
  assert.deepEqual(differing({ a: { x: 1 } }, { a: { y: [] } }), [["a['x']", "1", "absent"], ["a['y']", "absent", "[]"]]);
  assert.deepEqual(differing({ a: [1, 2] }, { a: [1] }), [["a, its length", "2", "1"]]);
  assert.deepEqual(differing({ a: [] }, { a: {} }), [["a", "[]", "{}"]]);
});

test("objects, dicts with other keys, tuples and sets are looked into", () => {
  const object = (/** @type {any} */ v, type = "env.Boat") => ({ boat: { $: "object", type, v } });
  assert.deepEqual(differing(object({ x: 1, y: 2 }), object({ x: 1, y: 3 })), [["boat.y", "2", "3"]]);
  assert.deepEqual(differing(object({}), object({}, "env.Ship")), [["boat, its type", '"env.Boat"', '"env.Ship"']]);
  const dict = (/** @type {any} */ v) => ({ by: { $: "dict", v: [[{ $: "tuple", v: [0, 1] }, v], [7, 1]] } });
  assert.deepEqual(differing(dict(1), dict(2)), [["by[[0,1]]", "1", "2"]]);
  const set = (/** @type {any[]} */ ...v) => ({ s: { $: "set", v } });
  assert.equal(firstDifference(set(1, 2), set(2, 1)), null);
  assert.equal(differing(set(1, 2), set(2, 3)).length, 1);
  assert.deepEqual(differing({ a: { $: "tuple", v: [1] } }, { a: [1] })[0][0], "a");
  assert.deepEqual(differing({ a: { $: "derived", v: [1], own: { n: 1 } } }, { a: { $: "derived", v: [1], own: { n: 2 } } }), [["a.n", "1", "2"]]);
});

test("arrays are read: a path names the place in them, and a value the number", () => {
  const one = array("<f8", [2, 2], new Float64Array([1, 2, 3, 4]));
  const other = array("<f8", [2, 2], new Float64Array([1, 2, 3.5, 4]));
  assert.deepEqual(differing({ a: one }, { a: other }), [["a[1][0]", "3", "3.5"]]);
  assert.deepEqual(differing({ a: array("<i8", [1], new BigInt64Array([2n])) }, { a: array("<i8", [1], new BigInt64Array([-2n])) }), [["a[0]", "2", "-2"]]);
  assert.equal(firstDifference({ a: array("<f4", [1], new Float32Array([NaN])) }, { a: array("<f4", [1], new Float32Array([NaN])) }), null);
  assert.deepEqual(differing({ a: one }, { a: { ...other, shape: [4] } })[0][0], "a");
});

test("long lists of numbers are one line, which names the first that differs", () => {
  const words = Array.from({ length: 625 }, (_, i) => i);
  const others = words.map((word) => (word > 600 ? word + 1 : word));
  assert.deepEqual(differing({ rng: words }, { rng: others }), [["rng[601] (and 23 more of 625)", "601", "602"]]);
  assert.deepEqual([...stateLines({ rng: words }, { rng: words })], [{ path: "rng", one: "625 values", other: "625 values", equal: true }]);
  const big = array("<i4", [8, 8], new Int32Array(64));
  assert.deepEqual(differing({ a: big }, { a: array("<i4", [8, 8], Int32Array.from({ length: 64 }, (_, i) => +(i === 10))) }), [["a[1][2]", "0", "1"]]);
});

test("values that are long are cut", () => {
  const [[, one]] = differing({ a: "x".repeat(100) }, { a: 1 });
  assert.equal(one.length, 60);
});
