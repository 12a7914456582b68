import assert from "node:assert/strict";
import test from "node:test";
import { MAX_CATCH_UP, TickClock } from "../../../templates/game/clock.js";

test("ticks stay on their rate although every timer is late", () => {
  const clock = new TickClock(1000, 1000 / 60);
  let now = 1000;
  let ticks = 0;
  while (now < 61_000) {
    now += clock.delay(now) + (ticks % 3) * 0.7; // a timer fires up to 1.4 ms late
    ticks += clock.take(now).ticks;
  }
  assert.ok(Math.abs(ticks - 3600) <= 1, `${ticks} ticks in a minute`);
});

test("a delay is whole milliseconds and never wakes early", () => {
  const clock = new TickClock(0, 1000 / 60);
  for (const now of [0, 0.3, 5.5, 16, 16.6]) {
    assert.ok(Number.isInteger(clock.delay(now)));
    assert.ok(now + clock.delay(now) >= clock.due);
  }
  assert.deepEqual(clock.take(16), { ticks: 0, dropped: 0 });
});

test("waking exactly when a tick is due is that tick", () => {
  for (const fps of [7, 24, 30, 60, 144]) {
    const clock = new TickClock(123.4, 1000 / fps);
    for (let tick = 0; tick < 500; tick++) assert.equal(clock.take(clock.due).ticks, 1);
  }
});

test("after a stall a few ticks are made up for and the rest dropped", () => {
  const clock = new TickClock(0, 10);
  assert.deepEqual(clock.take(1005), { ticks: MAX_CATCH_UP, dropped: 100 - MAX_CATCH_UP });
  assert.equal(clock.due, 1010);
});

test("an interval that is none is refused", () => {
  for (const bad of [0, -1, NaN]) assert.throws(() => new TickClock(0, bad), RangeError);
});
