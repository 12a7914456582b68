// The flight recorder of two real games: what it notes of their ticks, and the states that it saves from a desync.
import assert from "node:assert/strict";
import test from "node:test";
import { compare, firstDifferent, momentLines } from "../../../templates/dev/comparison.js";
import { FlightRecorder } from "../../../templates/game/multiplayer/flight_recorder.js";
import { Bench, settle } from "./multiplayer_bench.js";

/** A bench whose players have recorders. @param {ConstructorParameters<typeof Bench>[0]} [options] */
function recordedBench(options) {
  /** @type {FlightRecorder[]} */
  const recorders = [];
  const bench = new Bench({
    ...options,
    more: (/** @type {any} */ { worker }) => {
      recorders.push(new FlightRecorder(worker, () => performance.now()));
      return { recorder: recorders.at(-1), debug: undefined };
    },
  });
  return { bench, recorders };
}

/** The second player's game has a secret of its own from a step on. @param {Bench} bench @param {number} step */
function tamper(bench, step) {
  bench.players[1].worker.python.tamper = (env) => void (env.state.t === step && (env.state.secret ^= 1));
}

test("each tick is noted once, with its depth and what it played again", async () => {
  const { bench, recorders } = recordedBench({ game: { maxSteps: 1000 } });
  const [ada, ben] = await bench.playing();
  bench.mute.add(1);
  ben.action = 2;
  await bench.tick(5);
  bench.mute.delete(1);
  await bench.until(() => ada.rollbacks.length > 0);
  await bench.tick(2);
  const ticks = recorders[0].since(0);
  assert.deepEqual(ticks.map(({ number }) => number), [...ticks.keys()]);
  assert.ok(ticks.every(({ at }, i) => i === 0 || at > ticks[i - 1].at));
  assert.ok(Math.max(...ticks.map(({ depth }) => depth)) >= 4, "the other's actions were not there");
  const again = ticks.filter(({ replayed }) => replayed > 0);
  assert.equal(again.length, ada.rollbacks.length);
  assert.ok(again.every(({ ms }) => ms === 1));
  const late = recorders[0].since(ticks.length - 3);
  assert.deepEqual(late, ticks.slice(-3));
  late[0].depth = 99;
  assert.deepEqual(recorders[0].since(ticks.length - 3), ticks.slice(-3), "what is given is a copy");
  assert.deepEqual(recorders[0].since(ticks.length), []);
  assert.equal(recorders[0].desync, null);
});

test("a tick that stalls is noted as such", async () => {
  const { bench, recorders } = recordedBench({ game: { maxSteps: 1000 } });
  await bench.playing();
  bench.mute.add(1);
  await bench.tick(14);
  assert.ok(recorders[0].since(0).some(({ status, ms }) => status === "stalled" && ms === null));
});

test("the ticks kept are bounded, and numbers go on", async () => {
  const { bench, recorders } = recordedBench({ game: { maxSteps: 4000 } });
  await bench.playing();
  await bench.tick(1900);
  const ticks = recorders[0].since(0);
  assert.equal(ticks.length, 1800);
  assert.ok(ticks[0].number > 50);
  assert.deepEqual(recorders[0].since(ticks[0].number + 1), ticks.slice(1));
});

test("from a desync both pages save the states around it, and only then end", async () => {
  const { bench, recorders } = recordedBench({ game: { maxSteps: 1000 } });
  tamper(bench, 25);
  await bench.playing();
  await bench.until(() => bench.players.every(({ game }) => game.phase === "error"));
  const [one, other] = recorders.map(({ desync }) => /** @type {NonNullable<typeof desync>} */ (desync));
  assert.deepEqual([one.me, one.other, other.me, other.other], [0, 1, 1, 0]);
  assert.equal(one.session, other.session);
  assert.deepEqual(one.located, { lastGood: 19, firstBad: 29 });
  const moments = compare(one.states ?? [], other.states ?? []);
  assert.deepEqual(moments.map(({ frame }) => frame), [...moments.keys()].map((i) => moments[0].frame + i), "every step, held or played again");
  assert.ok(moments[0].frame <= 20 && /** @type {any} */ (moments.at(-1)).frame >= 30);
  assert.ok(moments[0].equal);
  const first = /** @type {import("../../../templates/dev/comparison.js").Moment} */ (firstDifferent(moments));
  assert.equal(first.frame, 25, "the state before step 25 is that after 25 steps");
  assert.deepEqual(momentLines(first).filter(({ equal }) => !equal).map(({ path }) => path), ["secret"]);
  assert.equal(first.one.step?.t, 24);
  assert.deepEqual(Object.keys(first.one.step?.actions ?? {}), ["left", "right"]);
  assert.ok(bench.players.every(({ worker }) => worker.destroyed === 1));
});

test("a game that goes on after a desync is the one that it would have been", async () => {
  const rows = [];
  const flagged = { multiplayer: { desyncPolicy: "flag" } };
  for (const make of [() => recordedBench(flagged), () => ({ bench: new Bench({ ...flagged, more: { debug: undefined } }), recorders: [] })]) {
    const { bench, recorders } = make();
    tamper(bench, 25);
    const [ada] = await bench.playing();
    ada.action = 1;
    await bench.until(() => bench.players.every(({ game }) => game.phase === "end"));
    await settle();
    rows.push(ada.record.session.episodes[0].rows);
    for (const { desync } of recorders) assert.ok((desync?.states?.length ?? 0) > 10);
    assert.equal(ada.record.session.episodes[0].sync?.status, "desynced");
  }
  assert.deepEqual(rows[0], rows[1]);
});
