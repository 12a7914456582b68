// The session as its caller meets it: settings, calls in the wrong order, greetings, strange mail.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as real from "./sim/rollback.js";
import { actionCodec, slotCodecs } from "../../../templates/game/rollback/action_codec.js";
import { chooseInterval, defaultSettings, fitWindow, makeConfig } from "../../../templates/game/rollback/config.js";
import { Table, plainSession, startedPair } from "./sim/pair.js";

/** @param {string} code @param {RegExp} message */
const refusal = (code, message) => (/** @type {any} */ error) => error.code === code && message.test(error.message);

describe("settings", () => {
  const options = { players: 2, me: 0, fps: 30, actionBytes: 1, tag: 1 };

  test("have defaults that follow from the frame rate", () => {
    const delays = [10, 20, 30, 60].map((fps) => defaultSettings(fps).inputDelay);
    const windows = [10, 30, 60].map((fps) => defaultSettings(fps).predictionWindow);
    assert.deepEqual([delays, windows], [[1, 1, 2, 3], [4, 8, 12]]);
    assert.equal(makeConfig({ ...options, inputDelay: undefined }).inputDelay, 2);
  });

  test("out of their limits are refused by name", () => {
    /** @type {[object, RegExp][]} */
    const wrong = [
      [{ players: 9 }, /players is 9; it must lie in 2 \.\. 8/],
      [{ me: 2 }, /me is 2/],
      [{ fps: NaN }, /fps is NaN/],
      [{ predictionWindow: 2.5 }, /predictionWindow is 2.5; it must be a whole number/],
      [{ dropMs: 100 }, /dropMs is 100; it must lie in 500/],
      [{ absentMs: 9000 }, /absentMs is 9000; it must lie in 10000/],
      [{ predictor: "magic" }, /predictor is "magic"; choose one of repeat, default/],
      [{ inputDelay: 0, predictionWindow: 0 }, /no frame could ever open/],
    ];
    for (const [change, message] of wrong) assert.throws(() => makeConfig({ ...options, ...change }), refusal("invalid-config", message));
  });

  test("give way to measured costs, down to a window of two", () => {
    const costs = { predictionWindow: 8, snapshotInterval: 4, frameMs: 33, loadMs: 0.5, saveMs: 0.2 };
    assert.equal(fitWindow({ ...costs, stepMs: 1 }), 8);
    assert.equal(fitWindow({ ...costs, stepMs: 3 }), 5);
    assert.throws(() => fitWindow({ ...costs, stepMs: 10 }), refusal("invalid-config", /too slow for rollback: replaying 2 frames takes .* lower fps/));
    assert.equal(fitWindow({ ...costs, predictionWindow: 0, stepMs: 3 }), 0, "lockstep is a wish of its own");
    assert.deepEqual([chooseInterval({ stepMs: 1, saveMs: 0.1 }), chooseInterval({ stepMs: 1, saveMs: 0.3 })], [1, 4]);
  });
});

describe("actions", () => {
  test("of every kind that has a finite encoding can be sent", () => {
    /** @type {[any, any, number][]} */
    const cases = [
      [{ kind: "discrete", n: 255 }, 0, 1],
      [{ kind: "discrete", n: 256 }, 0, 2],
      [{ kind: "multidiscrete", n: [3, 300], shape: [2] }, [0, 0], 3],
      [{ kind: "multibinary", n: 3, shape: [3] }, [0, 1, 0], 3],
      [{ kind: "box", low: -1, high: 1, shape: [2, 2], dtype: "float32" }, [[0, 0], [0, 0]], 8],
      [{ kind: "box", low: { shape: [2], data: Float32Array.of(0, 0) }, high: { shape: [2], data: Float32Array.of(1, 2) }, shape: [2], dtype: "float32" }, [0, 0], 4],
      [{ kind: "box", low: 0, high: 9, shape: [1], dtype: "int64" }, [4], 1],
    ];
    for (const [space, initial, width] of cases) {
      const codec = actionCodec(space, initial);
      assert.equal(codec.width, width, JSON.stringify(space));
      assert.deepEqual(codec.decode(codec.encode(initial)), initial);
    }
    const corner = actionCodec({ kind: "box", low: -1, high: 1, shape: [2, 2], dtype: "float32" }, [[0, 0], [0, 0]]);
    assert.deepEqual(corner.decode(corner.encode([[-1, 1], [0, 1]])), [[-1, 1], [0, 1]], "limits and the middle are exact");
  });

  test("of slots whose spaces differ are equally wide", () => {
    const codecs = slotCodecs([[{ space: { kind: "discrete", n: 4 }, defaultAction: 1 }], [{ space: { kind: "discrete", n: 1000 }, defaultAction: 999 }]]);
    assert.deepEqual(codecs.map(({ width }) => width), [2, 2]);
    assert.deepEqual(codecs.map(({ decode }) => decode(new Uint8Array(2))), [[1], [999]]);
    assert.deepEqual(codecs[0].decode(codecs[0].encode([3])), [3]);
  });

  test("outside their space, and spaces without an encoding, are refused", () => {
    const codec = actionCodec({ kind: "discrete", n: 4 }, 0);
    for (const wrong of [4, -1, 1.5, "left", undefined]) assert.throws(() => codec.encode(wrong), refusal("invalid-action", /expected a whole number in 0 \.\. 3/));
    assert.throws(() => actionCodec({ kind: "discrete", n: 4 }, 9), refusal("invalid-action", /The action 9/));
    assert.throws(() => actionCodec({ kind: "text" }, ""), refusal("invalid-config", /"text" cannot be sent/));
    assert.throws(() => actionCodec({ kind: "box", low: -Infinity, high: 1, shape: [1], dtype: "float32" }, [0]), refusal("invalid-config", /finite limits/));
    assert.throws(() => actionCodec({ kind: "multidiscrete", n: [2, 2] }, [0, 0]).encode([1]), refusal("invalid-action", /2 numbers/));
  });

  test("of the wrong width, or that would mean absence, are not authored", () => {
    const session = plainSession(real, 0);
    assert.throws(() => session.setInput(Uint8Array.of(1, 2)), refusal("invalid-action", /has 1 bytes, not 2/));
    assert.throws(() => session.setInput(Uint8Array.of(255)), refusal("invalid-action", /all ones/));
  });
});

describe("misuse is an error:", () => {
  test("an episode begun inside another", () => {
    const session = plainSession(real, 0);
    session.beginEpisode();
    assert.throws(() => session.beginEpisode(), refusal("misuse", /while the session is reset/));
  });

  test("an answer that is not awaited, or does not fit", () => {
    const session = plainSession(real, 0);
    session.beginEpisode();
    const { batch } = session.tick(0);
    assert.ok(batch?.reset);
    const reply = { id: batch.id, epoch: 0, rows: [], saved: [0], hashes: [{ frame: -1, hash: "00" }] };
    assert.throws(() => session.onBatchReply({ ...reply, id: 77 }), refusal("misuse", /No answer is awaited to batch 77/));
    assert.throws(() => session.onBatchReply({ ...reply, hashes: [] }), refusal("worker-failed", /batch 1/));
    session.onBatchReply(reply);
    session.tick(33);
    assert.equal(session.phase, "ready");
    assert.throws(() => session.onBatchReply(reply), refusal("misuse", /awaited/));
  });

  test("mail of a slot that is no other peer's", () => {
    const session = plainSession(real, 0);
    for (const from of [0, 2, -1]) assert.throws(() => session.onPacket(from, "inp", new Uint8Array(3), 0), refusal("misuse", /not one of the other peers/));
  });

  test("results that are not those of the ops", () => {
    const session = plainSession(real, 0);
    session.beginEpisode();
    const { batch } = session.tick(0);
    assert.ok(batch);
    const ops = real.planToOps(batch, { actionsOf: (inputs) => inputs, seed: 1 });
    assert.throws(() => real.foldResults(batch, ops, [{}]), refusal("worker-failed", /did not answer the op/));
  });
});

describe("a session starts", () => {
  test("when everyone has greeted, reset and heard the sign", () => {
    const table = new Table(real);
    assert.deepEqual(table.sessions.map(({ phase }) => phase), ["reset", "reset"]);
    table.rounds(1);
    table.rounds(6);
    assert.deepEqual(table.sessions.map(({ phase }) => phase), ["running", "running"]);
    assert.deepEqual(table.events.map((events) => events[0]?.type), ["EpisodeStarted", "EpisodeStarted"]);
  });

  test("only among equals: the first difference is named on both sides, and sticks", () => {
    const identity = { app: "hunt 1.0", envDigest: "abc", seed: 4 };
    const table = new Table(real);
    table.sessions = [plainSession(real, 0, { identity }), plainSession(real, 1, { identity: { ...identity, envDigest: "abd", seed: 5 } })];
    for (const session of table.sessions) session.beginEpisode();
    table.rounds(4);
    for (const [me, session] of table.sessions.entries()) {
      const [event] = table.events[me].filter(({ type }) => type === "Incompatible");
      assert.deepEqual(event, { type: "Incompatible", player: 1 - me, field: "envDigest", ours: me ? "abd" : "abc", theirs: me ? "abc" : "abd" });
      assert.equal(session.halted?.reason, "incompatible");
      assert.equal(session.tick(9999).batch, null);
    }
  });

  test("with windows and snapshot intervals of each peer's own", () => {
    const table = new Table(real);
    table.sessions = [plainSession(real, 0), plainSession(real, 1, { predictionWindow: 9, snapshotInterval: 5 })];
    for (const session of table.sessions) session.beginEpisode();
    table.rounds(60);
    assert.deepEqual(table.events.map((events) => events.flatMap((event) => (event.type === "EpisodeEnded" ? [event.record.status] : []))), [["verified"], ["verified"]]);
  });

  test("not with a peer whose identity differs in a field that nobody compares by name", () => {
    const table = new Table(real);
    table.sessions = [plainSession(real, 0, { identity: { rules: "a" } }), plainSession(real, 1, { identity: { rules: "b" } })];
    for (const session of table.sessions) session.beginEpisode();
    table.rounds(4);
    assert.equal(table.events[0].find((event) => event.type === "Incompatible")?.field, "digest");
  });
});

describe("a tick", () => {
  test("authors each input once, and says how many it took", () => {
    const { table, play } = startedPair(real);
    table.now += 33;
    const first = play(0);
    assert.deepEqual([first.status, first.authored], ["advanced", 1]);
    for (let i = 0; i < 10; i++) {
      table.now += 33;
      play(0);
    }
    const late = play(0);
    assert.deepEqual([late.status, late.authored, late.batch], ["stalled", 0, null], "without the other's inputs nothing is taken");
  });

  test("posts one batch for rollback and new frame together, drawn once", () => {
    const { table, sessions, play } = startedPair(real);
    table.rounds(5);
    sessions[1].setInput(Uint8Array.of(3));
    table.now += 33;
    play(1);
    play(0);
    table.now += 33;
    play(0);
    table.deliver();
    table.now += 33;
    const { status, batch } = play(0);
    assert.ok(batch && batch.load !== null);
    assert.equal(status, "advanced");
    assert.ok(batch.replayed >= 1 && batch.steps.length === batch.replayed + 1 && batch.render);
  });

  test("asks for the next one a little later when ahead", () => {
    const { sessions, table } = startedPair(real);
    assert.equal(table.play(0).periodMs, 1000 / 30);
    for (let i = 0; i < 40; i++) sessions[0].pacing.sample(1, 2.5, -1.5);
    sessions[0].pacing.skips([1]);
    assert.equal(sessions[0].pacing.periodMs, (1000 / 30) * 1.02);
    for (let i = 0; i < 40; i++) sessions[0].pacing.sample(1, 12, -12);
    assert.ok(sessions[0].pacing.skips([1]) && !sessions[0].pacing.skips([1]), "and gives up a tick now and then when far ahead");
    assert.equal(sessions[0].pacing.periodMs, (1000 / 30) * 1.05);
  });

  test("answers pings at once, and knows the round trip", () => {
    const { table, sessions } = startedPair(real);
    table.now += 300;
    table.play(0);
    table.now += 40;
    table.deliver();
    table.now += 40;
    table.deliver();
    assert.equal(sessions[0].links.to(1).rtt > 0, true);
  });
});

test("actions above 255 and continuous ones reach the other's rows as they were chosen", () => {
  for (const [codec, action] of /** @type {const} */ ([
    [actionCodec({ kind: "discrete", n: 300 }, 0), 299],
    [actionCodec({ kind: "box", low: [-1, 0], high: [1, 10], shape: [2], dtype: "float32" }, [0, 0]), [1, 10]],
  ])) {
    const { table, sessions } = startedPair(real, { actionBytes: codec.width });
    sessions[1].setInput(codec.encode(action));
    table.rounds(10);
    const rows = sessions[0].episode?.log.frameDataBuffer ?? [];
    assert.deepEqual(codec.decode(real.actionBytes(rows[rows.length - 1].inputs[1])), action);
    assert.deepEqual(codec.decode(real.actionBytes(rows[rows.length - 1].inputs[0])), codec.decode(new Uint8Array(codec.width)), "the other plays the default");
  }
});

test("strange mail changes nothing and is counted", () => {
  const { table, sessions } = startedPair(real);
  table.rounds(3);
  const before = sessions[0].settled;
  const strange = [new Uint8Array(0), new Uint8Array(40), Uint8Array.of(0xb7, 1, 1), "text", null];
  for (const data of strange) sessions[0].onPacket(1, "inp", data, table.now);
  for (const data of [null, 5, {}, { t: "EP_END", v: 1, epoch: 0 }, { t: "NONSENSE", v: 1, epoch: 0 }]) sessions[0].onPacket(1, "ctl", data, table.now);
  assert.equal(sessions[0].stats.malformed, 10);
  table.rounds(10);
  assert.ok(sessions[0].settled > before);
});

test("an input that would mean absence is refused also from others", () => {
  const { table, sessions } = startedPair(real);
  table.rounds(3);
  const common = { type: /** @type {const} */ ("input"), sender: 1, tag: 9, epoch: 0, hidden: false, holding: false, stalled: false, inputBytes: 2 };
  const start = (sessions[0].episode?.slots.have(1) ?? 0) + 1;
  sessions[0].onPacket(1, "inp", real.encodeInput({ ...common, start, advantage: 0, frame: 4, receipts: [0, 0], checkpoint: null, inputs: [Uint8Array.of(255, 255)] }), table.now);
  assert.equal(sessions[0].stats.malformed, 1);
});

test("a debug log shows each replayed frame with the hashes before and after it", () => {
  const { table, sessions, play } = startedPair(real);
  table.rounds(6);
  sessions[1].setInput(Uint8Array.of(2));
  for (const me of [1, 0, 0]) {
    table.now += 33;
    play(me);
  }
  table.deliver();
  table.now += 33;
  const { batch } = sessions[0].tick(table.now);
  assert.ok(batch && batch.load !== null);
  const actionsOf = (/** @type {readonly Uint8Array[]} */ inputs) => inputs.map(([action]) => action);
  const ops = real.planToOps(batch, { actionsOf, trace: true });
  const { trace, reply } = real.foldResults(batch, ops, table.workers[0].batch(ops));
  assert.deepEqual(trace.map(({ frame }) => frame), Array.from({ length: batch.replayed }, (_, i) => batch.from + i));
  trace.slice(1).forEach(({ preHash }, i) => assert.equal(preHash, trace[i].postHash));
  assert.deepEqual(reply.hashes.map(({ frame }) => frame), batch.hashes, "what the log needs is no business of the session's");
  const hashed = real.planToOps(batch, { actionsOf }).filter(({ op }) => op === "computeHash");
  assert.equal(hashed.length, batch.hashes.length, "and costs nothing without it");
});
