// What an ONNX model is given: numbers in order, in the shape and type it states.
import assert from "node:assert/strict";
import test from "node:test";
import { Policies, batched, flatten } from "../../../templates/worker/policies.js";

test("observations become numbers and a shape", () => {
  assert.deepEqual(flatten([[1, 2], [3, 4], [5, 6]]), { numbers: [1, 2, 3, 4, 5, 6], shape: [3, 2] });
  assert.deepEqual(flatten(3), { numbers: [3], shape: [] });
  assert.deepEqual(flatten([true, false]), { numbers: [1, 0], shape: [2] });
  const array = { dtype: "float32", shape: [1, 2], data: new Float32Array([0.5, 2]) };
  assert.deepEqual(flatten(array), { numbers: [0.5, 2], shape: [1, 2] });
  assert.deepEqual(flatten([array, array]).shape, [2, 1, 2]);
});

test("what is no array is refused with a way out", () => {
  assert.throws(() => flatten({ a: 1 }), { name: "PolicyError", message: /make the observation one array/ });
  assert.throws(() => flatten([[1], [1, 2]]), { name: "PolicyError", message: /equally long/ });
});

test("a batch dimension is added where the model states one", () => {
  assert.deepEqual(batched([4], 2), [1, 4]);
  assert.deepEqual(batched([1, 4], 2), [1, 4]);
  assert.deepEqual(batched([], 1), [1]);
  assert.deepEqual(batched([4], undefined), [4]);
});

test("the model gets a tensor of its own type under its own name", async () => {
  /** @type {any} */
  let given;
  class Tensor {
    /** @param {string} type @param {ArrayBufferView} data @param {number[]} dims */
    constructor(type, data, dims) {
      Object.assign(this, { type, data, dims });
    }
  }
  const session = {
    inputNames: ["first", "cell"],
    outputNames: ["scores"],
    inputMetadata: [{ name: "cell", type: "int64", shape: [1] }],
    run: async (/** @type {any} */ feeds) => {
      given = feeds;
      return { scores: { data: new Float32Array([1, 2]) } };
    },
  };
  const model = { url: "m", sha256: "", size: 0, input: "cell" };
  const policies = new Policies({ Tensor }, new Map([["7", { session, model }]]));
  assert.deepEqual(await policies.infer("7", "5", []), [1, 2]);
  assert.deepEqual({ ...given.cell }, { type: "int64", data: new BigInt64Array([5n]), dims: [1] });
  await assert.rejects(policies.infer("8", "5", []), { name: "PolicyError", message: /players.bots.8 has no model/ });
});
