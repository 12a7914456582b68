// JSON between JavaScript and Python: what JSON loses comes back as it was.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { parseWire, writeWire } from "../../../templates/worker/wire.js";

/** Any value that may cross, with keys that look like our own marks among the rest. */
const key = fc.oneof(fc.string(), fc.constantFrom("$float", "$int", "$buffer", "$dict", "$other", "__proto__"));
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: "small" },
    fc.double(),
    fc.integer(),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.bigInt(),
    fc.array(tie("any"), { maxLength: 4 }),
    fc.dictionary(key, tie("any"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).any;

test("every value comes back as it was", () => {
  fc.assert(fc.property(value, (given) => assert.deepStrictEqual(parseWire(writeWire(given)), given)), { numRuns: 500 });
});

test("non-finite floats are escaped, by the names Python knows them by", () => {
  assert.equal(writeWire([NaN, Infinity, -Infinity, -0]), '[{"$float":"nan"},{"$float":"inf"},{"$float":"-inf"},{"$float":"-0.0"}]');
});

test("a dict that looks like an escape is one of the study's own", () => {
  const text = writeWire({ $float: "nan" });
  assert.equal(text, '{"$dict":[["$float","nan"]]}');
  assert.deepEqual(parseWire(text), { $float: "nan" });
});

test("Maps, typed arrays and what is missing have a place in JSON", () => {
  assert.equal(writeWire(new Map([["a", new Float32Array([1, NaN])]])), '{"a":[1,{"$float":"nan"}]}');
  assert.equal(writeWire({ a: undefined }), '{"a":null}');
});

test("buffers stand where Python put them", () => {
  const data = new Uint8Array([1, 2, 3]);
  const found = parseWire('{"obs":[{"$buffer":0,"dtype":"uint8","shape":[1,3]}]}', [data]);
  assert.deepEqual(found, { obs: [{ dtype: "uint8", shape: [1, 3], data }] });
});
