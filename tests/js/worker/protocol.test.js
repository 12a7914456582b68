// Errors on the wire, frames for a canvas, and packages with what they depend on.
import assert from "node:assert/strict";
import test from "node:test";
import { rgbaFrames, rgbToRgba } from "../../../templates/worker/frames.js";
import { FAILURES, Failure, OPS, REQUESTS, wireError } from "../../../templates/worker/protocol.js";
import { closure } from "../../../templates/worker/python.js";
import { PyodideWorkerError } from "../../../templates/worker/worker_error.js";

test("every op is a request", () => {
  assert.deepEqual(REQUESTS.filter((type) => OPS.some((op) => op === type)), [...OPS]);
});

test("an exception of Python keeps its type, its last line and its traceback", () => {
  const text = 'Traceback (most recent call last):\n  File "/study/env.py", line 3\nmy.OwnError: it: broke\n';
  const error = Object.assign(new Error(text), { name: "PythonError", type: "OwnError" });
  assert.deepEqual(wireError(error), { name: "OwnError", message: "it: broke", stack: text.trimEnd() });
});

test("our own failures keep their name, others get the one that is given", () => {
  assert.equal(wireError(new Failure(FAILURES.died, "gone"), "Other").name, "WorkerDied");
  assert.equal(wireError(new TypeError("odd"), "WorkerLoadError").name, "WorkerLoadError");
  assert.deepEqual(wireError({ message: "status 1" }), { name: "Error", message: "status 1" });
  assert.deepEqual(wireError("text"), { name: "Error", message: "text" });
});

test("the page's error carries all that the wire does", () => {
  const error = new PyodideWorkerError({ name: "ValueError", message: "no", stack: "Traceback", opIndex: 2, partialResults: [1] });
  assert.ok(error instanceof Error);
  assert.deepEqual(
    [error.name, error.message, error.stack, error.opIndex, error.partialResults],
    ["ValueError", "no", "Traceback", 2, [1]],
  );
});

test("RGB becomes opaque RGBA", () => {
  assert.deepEqual([...rgbToRgba(new Uint8Array([1, 2, 3, 250, 251, 252]))], [1, 2, 3, 255, 250, 251, 252, 255]);
});

test("a frame's new memory is transferred instead of its old", () => {
  const data = new Uint8Array([1, 2, 3]);
  const other = new ArrayBuffer(8);
  const results = [{}, null, { render_state: { kind: "rgb", pixels: { data, shape: [1, 1, 3] } } }];
  const transfer = [other, data.buffer];
  rgbaFrames(results, transfer);
  const { pixels } = /** @type {any} */ (results[2]).render_state;
  assert.deepEqual([...pixels], [1, 2, 3, 255]);
  assert.deepEqual(transfer, [other, pixels.buffer]);
});

test("a frame with alpha stays where it is", () => {
  const data = new Uint8Array([1, 2, 3, 4]);
  const results = [{ render_state: { kind: "rgb", pixels: { data, shape: [1, 1, 4] } } }];
  const transfer = [data.buffer];
  rgbaFrames(results, transfer);
  assert.equal(/** @type {any} */ (results[0]).render_state.pixels.buffer, data.buffer);
  assert.deepEqual(transfer, [data.buffer]);
});

test("packages come with what they depend on, and an unknown one is named", () => {
  const entry = { version: "1", file_name: "x", sha256: "", imports: [] };
  const locked = {
    a: { ...entry, name: "a", depends: ["b"] },
    b: { ...entry, name: "b", depends: ["a", "c"] },
    c: { ...entry, name: "c", depends: [] },
  };
  assert.deepEqual(closure(["a"], locked), ["a", "b", "c"]);
  assert.deepEqual(closure([], locked), []);
  assert.throws(() => closure(["z"], locked), { name: "PackageError", message: /package z is not in pyodide-lock.json \(it holds: a, b, c\)/ });
});
