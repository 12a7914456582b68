// The deadline: fed it waits, and a thread that slept does not count its sleep.
import assert from "node:assert/strict";
import test from "node:test";
import { Watchdog } from "../../../templates/worker/watchdog.js";

test("it expires once, after the whole time", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let expired = 0;
  new Watchdog(1000, () => (expired += 1)).feed();
  for (let i = 0; i < 9; i++) t.mock.timers.tick(100);
  assert.equal(expired, 0);
  t.mock.timers.tick(100);
  assert.equal(expired, 1);
  t.mock.timers.tick(5000);
  assert.equal(expired, 1);
});

test("fed, it starts again; stopped, it never expires", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let expired = 0;
  const watchdog = new Watchdog(1000, () => (expired += 1));
  watchdog.feed();
  t.mock.timers.tick(900);
  watchdog.feed();
  t.mock.timers.tick(900);
  assert.equal(expired, 0);
  watchdog.stop();
  t.mock.timers.tick(9000);
  assert.equal(expired, 0);
});

test("time in which the thread slept counts as one slice", (t) => {
  let expired = false;
  /** @type {(() => void)[]} */
  const due = [];
  t.mock.method(globalThis, "setTimeout", (/** @type {() => void} */ callback) => due.push(callback));
  new Watchdog(1000, () => (expired = true)).feed();
  due.shift()?.(); // however late it comes
  assert.equal(expired, false);
  assert.equal(due.length, 1);
});
