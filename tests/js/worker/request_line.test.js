// The order of requests: nothing passes before init, nothing passes an open gate.
import assert from "node:assert/strict";
import test from "node:test";
import { RequestLine } from "../../../templates/worker/request_line.js";

/** @typedef {import("../../../templates/worker/request_line.js").Queued} Queued */

/** @param {...Queued["type"]} types */
function lineOf(...types) {
  const line = new RequestLine();
  types.forEach((type, i) => line.add({ id: i + 1, type }));
  return line;
}

/** @param {RequestLine<Queued>} line */
const current = (line) => line.current?.type;

/** @param {RequestLine<Queued>} line */
function takeAll(line) {
  const taken = [];
  for (let request = line.take(); request; request = line.take()) taken.push(request.type);
  return taken;
}

test("nothing is sent before init was asked for, and then init goes first", () => {
  const line = lineOf("initEnv", "reset");
  assert.deepEqual(takeAll(line), []);
  line.add({ id: 3, type: "init" });
  assert.deepEqual(takeAll(line), ["init"]);
});

test("each gate is awaited, and what follows it keeps its order", () => {
  const line = lineOf("init", "initEnv", "reset", "step", "initEnv", "render");
  assert.deepEqual(takeAll(line), ["init"]);
  line.settle(1);
  assert.deepEqual(takeAll(line), ["initEnv"]);
  line.settle(2);
  assert.deepEqual(takeAll(line), ["reset", "step", "initEnv"]);
  line.settle(3);
  line.settle(4);
  assert.deepEqual(takeAll(line), []);
  line.settle(5);
  assert.deepEqual(takeAll(line), ["render"]);
});

test("the current request is the oldest that was sent", () => {
  const line = lineOf("init", "reset", "step");
  assert.equal(current(line), undefined);
  takeAll(line);
  assert.equal(current(line), "init");
  line.settle(1);
  takeAll(line);
  assert.equal(current(line), "reset");
  assert.equal(line.settle(99), undefined);
  line.settle(2);
  assert.equal(current(line), "step");
});

test("a drained line holds nothing", () => {
  const line = lineOf("init", "reset");
  takeAll(line);
  assert.deepEqual(line.drain().map((request) => request.type), ["init", "reset"]);
  assert.equal(current(line), undefined);
  assert.deepEqual(line.drain(), []);
});
