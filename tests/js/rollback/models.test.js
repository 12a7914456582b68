// Small parts against simple models, and two sessions in whatever order the world delivers.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { actionCodec } from "../../../templates/game/rollback/action_codec.js";
import { makeConfig } from "../../../templates/game/rollback/config.js";
import { readControl, writeControl } from "../../../templates/game/rollback/control.js";
import { Digest } from "../../../templates/game/rollback/digest.js";
import { fromHex, toHex } from "../../../templates/game/rollback/input.js";
import { InputQueue } from "../../../templates/game/rollback/input_queue.js";
import { foldResults, planToOps } from "../../../templates/game/rollback/plan_to_ops.js";
import { Session } from "../../../templates/game/rollback/session.js";
import { decode, encodeInput, encodePing } from "../../../templates/game/rollback/wire.js";
import { MockWorker } from "./sim/mock_worker.js";

const config = makeConfig({ players: 3, me: 0, fps: 30, actionBytes: 2, tag: 7 });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const chain = fc.tuple(u32, u32).map((words) => words.map((word) => word.toString(16).padStart(8, "0")).join(""));

describe("an input queue is a map that only grows at its end", () => {
  const command = fc.oneof(
    fc.record({ kind: fc.constant("add"), frame: fc.integer({ min: 0, max: 90 }), value: fc.nat(254) }),
    fc.record({ kind: fc.constant("next"), frame: fc.constant(0), value: fc.nat(254) }),
    fc.record({ kind: fc.constant("discard"), frame: fc.integer({ min: 0, max: 90 }), value: fc.constant(0) }),
  );
  test("whatever is asked of it", () => {
    fc.assert(
      fc.property(fc.nat(5), fc.array(command, { maxLength: 200 }), (delay, commands) => {
        const queue = new InputQueue(delay, 2);
        const model = new Map(Array.from({ length: delay }, (_, frame) => [frame, [0, 0]]));
        let last = delay - 1;
        for (const { kind, frame: asked, value } of commands) {
          if (kind === "discard") {
            queue.discardBefore(asked);
            assert.ok(queue.first <= Math.max(0, Math.min(asked, last)), "more was forgotten than allowed");
            continue;
          }
          const frame = kind === "next" ? last + 1 : asked;
          assert.equal(queue.add(frame, Uint8Array.of(value, 0)), frame === last + 1);
          if (frame === last + 1) model.set(++last, [value, 0]);
        }
        assert.equal(queue.last, last);
        for (let frame = queue.first; frame <= last; frame++) assert.deepEqual([...(queue.get(frame) ?? [])], model.get(frame));
        assert.equal(queue.get(last + 1), undefined);
        assert.deepEqual([...queue.predict("repeat")], last < 0 ? [0, 0] : model.get(last));
        assert.deepEqual([...queue.predict("default")], [0, 0]);
      }),
    );
  });
});

const inputMessage = fc
  .record({
    sender: fc.nat(7),
    tag: u32,
    epoch: fc.nat(65535),
    hidden: fc.boolean(),
    holding: fc.boolean(),
    stalled: fc.boolean(),
    inputBytes: fc.integer({ min: 1, max: 16 }),
    start: u32,
    advantage: fc.integer({ min: -32767, max: 32767 }).map((sixteenths) => sixteenths / 16),
    frame: u32,
    receipts: fc.array(u32.map((last) => last - 1), { minLength: 1, maxLength: 8 }),
    checkpoint: fc.option(fc.record({ frame: u32, chain }, { noNullPrototype: true })),
    count: fc.nat(64),
    seed: fc.nat(),
  })
  .map(({ count, seed, ...message }) => {
    const inputs = Array.from({ length: count }, (_, i) => Uint8Array.from({ length: message.inputBytes }, (__, byte) => (seed * (i + 1) + byte * 7) & 255));
    return { type: /** @type {const} */ ("input"), ...message, inputs };
  })
  .filter(({ inputs, inputBytes, receipts }) => 36 + 4 * receipts.length + inputs.length * inputBytes <= 1200);

describe("the wire", () => {
  test("gives back what was written", () => {
    fc.assert(fc.property(inputMessage, (message) => assert.deepEqual(decode(encodeInput(message)), message)));
    const ping = { type: /** @type {const} */ ("pong"), sender: 3, tag: 5, epoch: 6, seq: 7, time: 1234.5 };
    assert.deepEqual(decode(encodePing(ping)), ping);
  });

  test("saturates an advantage that does not fit", () => {
    const [message] = fc.sample(inputMessage, 1);
    const read = decode(encodeInput({ ...message, advantage: 1e9 }));
    assert.ok(read?.type === "input" && read.advantage === 32767 / 16);
  });

  test("never throws, and never takes a part for the whole", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 1300 }), (bytes) => void decode(bytes)));
    fc.assert(fc.property(inputMessage, fc.nat(1200), (message, cut) => cut >= encodeInput(message).length || assert.equal(decode(encodeInput(message).slice(0, cut)), null)));
    fc.assert(
      fc.property(inputMessage, fc.nat(1200), fc.integer({ min: 1, max: 255 }), (message, at, change) => {
        const bytes = encodeInput(message);
        bytes[at % bytes.length] ^= change;
        const read = decode(bytes);
        if (at % bytes.length < 3) assert.equal(read, null, "magic, version and type are checked");
      }),
    );
    for (const data of [null, undefined, "text", 5, {}, [], new ArrayBuffer(30)]) assert.equal(decode(data), null);
  });

  test("gives back control messages, and refuses all others", () => {
    const inputs = [Uint8Array.of(1, 2, 0), Uint8Array.of(255, 0, 1)];
    const run = { player: 1, start: 3, last: 4, inputs };
    const resume = { ...run, k: 1, frame: 30 };
    /** @type {import("../../../templates/game/rollback/control.js").ControlMessage[]} */
    const messages = [
      { t: "HELLO", epoch: 0, hello: { app: "a" } },
      { t: "READY", epoch: 1, hash: "ab" },
      { t: "START", epoch: 1 },
      { t: "EP_END", epoch: 1, last: 9, chain: "0f" },
      { t: "AWAY", epoch: 1, k: 2, ...run },
      { t: "CLAIM", epoch: 1, resumes: [resume], ...run },
      { t: "RETURN", epoch: 1, player: 2 },
      { t: "RESUME", epoch: 1, ...resume },
      { t: "RESUME_ACK", epoch: 1, player: 2, frame: 30 },
      { t: "CHECKPOINTS", epoch: 1, marks: [[29, "ab"]] },
      { t: "GOODBYE", epoch: 1 },
    ];
    for (const message of messages) {
      const sent = JSON.parse(JSON.stringify(writeControl(message)));
      assert.deepEqual(readControl(sent, config), message);
      assert.equal(readControl({ ...sent, v: 2 }, config), null, "another version");
      for (const key of Object.keys(message)) assert.equal(readControl({ ...sent, [key]: { strange: 1 } }, config)?.t, key === "hello" ? "HELLO" : undefined, `${message.t}.${key}`);
    }
    fc.assert(fc.property(fc.anything(), (data) => void readControl(data, config)));
    fc.assert(fc.property(fc.record({ t: fc.constantFrom(...messages.map(({ t }) => t)), v: fc.constant(1), epoch: fc.nat(), player: fc.anything(), inputs: fc.anything(), marks: fc.anything(), resumes: fc.anything() }), (data) => void readControl(data, config)));
  });
});

test("inputs survive the way through hex", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ minLength: 3, maxLength: 3 })), (inputs) => assert.deepEqual(fromHex(toHex(inputs), 3), inputs)));
  for (const wrong of ["0", "zz0000", "0000", 5, null]) assert.equal(fromHex(wrong, 3), null);
});

describe("an action codec", () => {
  const spaces = fc.oneof(
    fc.record({ kind: fc.constant("Discrete"), n: fc.integer({ min: 1, max: 70_000 }), start: fc.integer({ min: -5, max: 5 }) }).chain((space) =>
      fc.tuple(fc.constant(space), fc.integer({ min: space.start, max: space.start + space.n - 1 }), fc.integer({ min: space.start, max: space.start + space.n - 1 })),
    ),
    fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 4 }).chain((n) =>
      fc.tuple(fc.constant({ kind: "multidiscrete", n }), fc.tuple(...n.map((size) => fc.nat(size - 1))), fc.tuple(...n.map((size) => fc.nat(size - 1)))),
    ),
  );

  test("gives back every action, writes the default as zeros and nothing as all ones", () => {
    fc.assert(
      fc.property(spaces, ([space, initial, action]) => {
        const codec = actionCodec(space, initial);
        assert.deepEqual(codec.decode(codec.encode(action)), action);
        assert.ok(codec.encode(initial).every((byte) => byte === 0));
        assert.ok(!codec.encode(action).every((byte) => byte === 255));
        assert.equal(codec.encode(action).length, codec.width);
        assert.deepEqual(codec.decode(new Uint8Array(codec.width).fill(255)), initial);
      }),
    );
  });

  test("keeps continuous actions within half a step, and the same on both sides", () => {
    fc.assert(
      fc.property(fc.double({ min: -2, max: 2, noNaN: true }), (value) => {
        const codec = actionCodec({ kind: "Box", shape: [1], low: [-2], high: [2], dtype: "float32" }, [0]);
        const [once] = codec.decode(codec.encode([value]));
        assert.ok(Math.abs(once - value) <= 4 / 65534 / 2 + 1e-12);
        assert.deepEqual(codec.decode(codec.encode([once])), [once], "a second time changes nothing");
      }),
    );
  });
});

test("a digest tells all values apart that are not equal", () => {
  const digest = (/** @type {any} */ value) => new Digest().value(value).hex();
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      const plain = (/** @type {any} */ value) => JSON.stringify(value, (_, item) => (item && typeof item === "object" && !Array.isArray(item) ? Object.fromEntries(Object.entries(item).sort(([x], [y]) => (x < y ? -1 : 1))) : item));
      assert.equal(digest(a), digest(structuredClone(a)));
      if (!Object.is(plain(a), plain(b))) assert.notEqual(digest(a), digest(b));
    }),
  );
  assert.notEqual(digest(0), digest(-0));
  assert.equal(digest({ a: 1, b: 2 }), digest({ b: 2, a: 1 }));
  assert.notEqual(digest(new Map([[1, 2]])), digest(new Map([["1", 2]])));
  assert.equal(digest(NaN), digest(-NaN));
});

/** Two sessions whose packets and answers are promises that a scheduler resolves in any order. */
class Pair {
  sessions = [0, 1].map((me) => new Session({ players: 2, me, fps: 30, actionBytes: 1, tag: 9, inputDelay: 1, predictionWindow: 4, snapshotInterval: 2, hashInterval: 5, dropMs: 1e6, absentMs: 1e6 }));
  workers = [0, 1].map(() => new MockWorker(2, 25));
  now = 0;
  /** @type {(run: () => void) => void} */
  later;
  /** Reliable messages under way, by receiver. @type {any[][]} */
  ordered = [[], []];

  /** @param {(run: () => void) => void} later */
  constructor(later) {
    this.later = later;
    for (const session of this.sessions) session.beginEpisode();
  }

  /** @param {number} me @param {number} action */
  tick(me, action) {
    this.now += 10;
    const session = this.sessions[me];
    session.setInput(Uint8Array.of(action));
    const { batch, packets } = session.tick(this.now);
    this.send(me, packets);
    if (!batch) return;
    const ops = planToOps(batch, { actionsOf: (inputs) => inputs.map(([value]) => value), seed: 3 });
    this.later(() => session.onBatchReply(foldResults(batch, ops, this.workers[me].batch(ops)).reply));
  }

  /** @param {number} me @param {import("../../../templates/game/rollback/types.js").Packet[]} packets */
  send(me, packets) {
    const to = 1 - me;
    for (const { channel, data } of packets) {
      if (channel === "ctl") this.ordered[to].push(structuredClone(data));
      this.later(() => {
        const content = channel === "ctl" ? this.ordered[to].shift() : data;
        this.send(to, this.sessions[to].onPacket(me, channel, content, this.now));
      });
    }
  }

  check() {
    const logs = this.sessions.map(({ episode }) => episode?.log.frameDataBuffer ?? []);
    const common = Math.min(logs[0].length, logs[1].length);
    assert.deepEqual(logs[0].slice(0, common), logs[1].slice(0, common));
  }
}

test("two sessions agree in whatever order packets and answers arrive, also while a batch is in flight", async () => {
  let busy = 0;
  let rolledBack = 0;
  let settled = 0;
  /** @implements {fc.AsyncCommand<{}, Pair>} */
  class Tick {
    /** @param {number} me @param {number} action */
    constructor(me, action) {
      this.me = me;
      this.action = action;
    }
    check() {
      return true;
    }
    /** @param {{}} _model @param {Pair} pair */
    async run(_model, pair) {
      pair.tick(this.me, this.action);
      pair.check();
    }
    toString() {
      return `tick(${this.me}, ${this.action})`;
    }
  }
  const tick = fc.tuple(fc.nat(1), fc.nat(4)).map(([me, action]) => new Tick(me, action));
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.commands([tick], { maxCommands: 120, size: "max" }), async (scheduler, commands) => {
      const later = (/** @type {() => void} */ run) => void scheduler.schedule(Promise.resolve()).then(run);
      const pair = new Pair(later);
      await fc.scheduledModelRun(scheduler, () => ({ model: {}, real: pair }), commands);
      for (let round = 0; round < 40; round++) {
        for (const me of [0, 1]) pair.tick(me, round % 5);
        await scheduler.waitAll();
      }
      pair.check();
      for (const { stats, settled: last } of pair.sessions) {
        busy += stats.busy;
        rolledBack += stats.rollbacks;
        settled += last + 1;
        assert.ok(last >= 10, `only ${last + 1} frames became canonical after everything was delivered`);
      }
    }),
    { numRuns: 40 },
  );
  assert.ok(busy > 50 && rolledBack > 50 && settled > 800, `busy ${busy}, rollbacks ${rolledBack}, rows ${settled}`);
});
