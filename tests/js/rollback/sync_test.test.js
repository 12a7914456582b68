// SyncTest: an environment that cannot be rolled back is found, and one that can is left alone.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { foldResults, planToOps } from "../../../templates/game/rollback/plan_to_ops.js";
import { SyncTestSession } from "../../../templates/game/rollback/sync_test.js";
import { MockWorker } from "./sim/mock_worker.js";

const WINDOW = 8;

/**
 * Play, going back every distance up to the window at every frame.
 *
 * @param {number} snapshotInterval
 * @param {(env: import("./sim/toy_env.js").ToyEnv) => void} [tamper] after each step
 * @returns {{session: SyncTestSession, worker: MockWorker, batches: number}}
 */
function play(snapshotInterval, tamper) {
  const session = new SyncTestSession({ window: WINDOW, snapshotInterval });
  const worker = new MockWorker(2, 60);
  worker.tamper = tamper ?? null;
  let batches = 0;
  const carryOut = (/** @type {import("../../../templates/game/rollback/types.js").BatchPlan} */ plan) => {
    const ops = planToOps(plan, { actionsOf: (inputs) => inputs.map(([action]) => action), seed: 11 });
    session.absorb(foldResults(plan, ops, worker.batch(ops)).reply);
    batches++;
  };
  carryOut(session.reset());
  while (!session.done) {
    const { frame } = session;
    for (let distance = 1; distance <= Math.min(WINDOW, frame); distance++) carryOut(session.plan(distance, null));
    carryOut(session.plan(frame ? 1 + (frame % WINDOW) : 0, [Uint8Array.of(frame % 5, 0), Uint8Array.of((frame * 3) % 5, 0)]));
  }
  return { session, worker, batches };
}

describe("SyncTest", () => {
  test("finds nothing in a deterministic environment, whatever the snapshot interval", () => {
    for (const interval of [1, 2, 3, 4, 7]) {
      const { session, worker, batches } = play(interval);
      assert.deepEqual([...session.mismatched], [], `interval ${interval}`);
      assert.ok(batches > 400 && worker.counts.loadState > 350, "it did go back");
      assert.ok(worker.states.size <= WINDOW + interval + 3, `${worker.states.size} snapshots are kept`);
    }
  });

  test("finds randomness that is not part of the state", () => {
    let calls = 0;
    const { session } = play(4, (env) => void (env.state.chance ^= calls++ & 1));
    assert.ok(session.mismatched.size > 20, `${session.mismatched.size} frames`);
  });

  test("finds a difference that shows in no row, by the hash", () => {
    let calls = 0;
    const { session } = play(1, (env) => void (env.state.secret += ++calls === 300 ? 1 : 0));
    assert.ok(session.mismatched.size >= 1);
  });

  test("finds a snapshot that leaves something out", () => {
    const { session } = play(4, (env) => {
      const { getState } = env;
      if (getState.name !== "incomplete") env.getState = function incomplete() { return { ...getState.call(env), lives: 40 }; };
    });
    assert.ok(session.mismatched.size > 20, `${session.mismatched.size} frames`);
  });

  test("refuses to plan without an answer, and to do nothing", () => {
    const session = new SyncTestSession({ window: 3, snapshotInterval: 1 });
    session.reset();
    assert.throws(() => session.plan(1, null), { code: "misuse" });
    const idle = new SyncTestSession({ window: 3, snapshotInterval: 1 });
    assert.throws(() => idle.plan(0, null), { code: "misuse" });
    assert.throws(() => idle.absorb({ id: 5, epoch: 0, rows: [], saved: [], hashes: [] }), { code: "misuse" });
  });
});
