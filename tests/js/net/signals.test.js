// Signals: each text arrives once and in order, whatever becomes of what carries it.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { REPEAT_MS, Signals } from "../../../templates/game/net/signals.js";

/** Two seats and a hub that does to each message what a list of numbers says. */
class Line {
  now = 0;
  /** @type {any[]} */
  heard = [];
  /** @type {(() => void)[]} */
  #queue = [];
  #fates;

  /** @param {number[]} fates 0: lost, 1: delivered, 2: delivered twice, 3: delivered after the next */
  constructor(fates) {
    this.#fates = fates;
    const edges = (/** @type {() => Signals} */ other, /** @type {number} */ me) => ({
      post: (/** @type {number} */ _to, /** @type {number} */ seq, /** @type {string} */ text) => this.#carry(() => other().hear(me, seq, text)),
      acknowledge: (/** @type {number} */ _to, /** @type {number} */ seq) => this.#carry(() => other().acknowledged(me, seq)),
      now: () => this.now,
    });
    this.one = new Signals(edges(() => this.two, 0));
    this.two = new Signals(edges(() => this.one, 1));
    this.two.onSignal = (from, data) => void this.heard.push([from, data]);
  }

  /** @param {() => void} deliver */
  #carry(deliver) {
    const fate = this.#fates.shift() ?? 1;
    if (fate === 3) this.#queue.unshift(deliver);
    else for (let copies = fate; copies > 0; copies--) this.#queue.push(deliver);
  }

  settle() {
    for (let deliver = this.#queue.pop(); deliver; deliver = this.#queue.pop()) deliver();
  }
}

test("every text arrives once, in order", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 60 }), fc.integer({ min: 1, max: 12 }), (fates, count) => {
      const line = new Line([...fates]);
      for (let i = 0; i < count; i++) line.one.say(1, { i });
      for (let round = 0; round < 80; round++) {
        line.settle();
        line.now += REPEAT_MS;
        line.one.repeat();
      }
      assert.deepEqual(
        line.heard,
        Array.from({ length: count }, (_, i) => [0, { i }]),
      );
    }),
  );
});

test("what is acknowledged is not sent again", () => {
  let posts = 0;
  const signals = new Signals({ post: () => posts++, acknowledge: () => {}, now: () => 0 });
  signals.say(1, {});
  assert.equal(signals.isHeard, false);
  signals.acknowledged(1, 0);
  assert.equal(signals.isHeard, true);
  signals.repeat(true);
  assert.equal(posts, 1);
});

test("a text that was just sent is repeated only where all are", () => {
  let posts = 0;
  let now = 0;
  const signals = new Signals({ post: () => posts++, acknowledge: () => {}, now: () => now });
  signals.say(1, {});
  now = REPEAT_MS - 1;
  signals.repeat();
  assert.equal(posts, 1);
  signals.repeat(true);
  assert.equal(posts, 2);
});

test("what is no object, or no JSON at all, is left out, and what follows it arrives", () => {
  /** @type {number[]} */
  const acknowledged = [];
  /** @type {any[]} */
  const heard = [];
  const signals = new Signals({ post: () => {}, acknowledge: (_to, seq) => acknowledged.push(seq), now: () => 0 });
  signals.onSignal = (_from, data) => heard.push(data);
  ["x", "", "null", "7", '"a"', '{"i":5}'].forEach((text, seq) => signals.hear(1, seq, text));
  assert.deepEqual([heard, acknowledged], [[{ i: 5 }], [0, 1, 2, 3, 4, 5]]);
});
