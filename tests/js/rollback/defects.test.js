// What is known to have gone wrong in games like this, each with a test that a session with the defect fails.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as real from "./sim/rollback.js";
import { BASE, CASES } from "./sim/cases.js";
import { runFleet } from "./sim/fleet.js";
import { loadRollback } from "./sim/load_rollback.js";
import { judge } from "./sim/oracle.js";
import { plainSession, startedPair } from "./sim/pair.js";

/** @typedef {import("./sim/load_rollback.js").Patch} Patch */
/** @typedef {import("./sim/rollback.js").Rollback} Rollback */

/** @typedef {{check: (rollback: Rollback) => void, patches: Patch[]}} Defect */

/** @param {Rollback} rollback @param {string} scenario @param {number[]} seeds @param {object} [change] */
function playWell(rollback, scenario, seeds, change = {}) {
  return seeds.map((seed) => {
    const options = { ...BASE, ...CASES[scenario], maxMs: 60_000, ...change, seed };
    const result = runFleet(options, rollback);
    assert.deepEqual(judge(options, result), []);
    return result;
  });
}

/** @type {Record<string, Defect>} */
const DEFECTS = {
  "an episode that ends inside a fast-forward is played past its end": {
    check: (rollback) => {
      const [{ peers }] = playWell(rollback, "awayFreeze", [1], { D: 3, maxSteps: 135, schedule: () => 1, episodes: 1 });
      const { session, records } = peers[1];
      assert.deepEqual([records[0].rows.length, records[0].status], [135, "verified"]);
      assert.ok(session.stats.fastForwarded > 30, "the end was reached in fast-forward");
      assert.equal(session.episode?.timeline.frame, 135);
    },
    patches: [{ module: "timeline.js", find: "if (last && last.frame + 1 < this.frame) this.#truncate(last.frame + 1);", put: "" }],
  },

  "snapshots that a replay passes keep the past that was undone": {
    check: (rollback) => {
      playWell(rollback, "nodelay", [1, 2]);
    },
    patches: [
      { module: "timeline.js", find: "snapshots.filter((snapshot) => snapshot <= best);", put: "snapshots;" },
      { module: "plan_to_ops.js", find: "...(plan.load === null ? {} : { after: plan.load })", put: "" },
    ],
  },

  "inputs that arrive while the end is awaited are exported, but were never played": {
    check: (rollback) => {
      const results = playWell(rollback, "nodelay", [1, 2, 3]);
      assert.ok(results.some(({ peers }) => peers.some(({ session }) => session.stats.undoneEnds > 0)), "ends were undone by such inputs");
    },
    patches: [
      {
        module: "episode.js",
        find: "const correctFrom = this.timeline.firstIncorrect(this.slots, this.log.settled);",
        put: "const correctFrom = this.timeline.newest?.done ? Infinity : this.timeline.firstIncorrect(this.slots, this.log.settled);",
      },
    ],
  },

  "a correction that could not be made at once is forgotten": {
    check: (rollback) => {
      const results = playWell(rollback, "slowworker", [1, 2]);
      assert.ok(results.every(({ peers }) => peers.some(({ session }) => session.stats.busy > 0)), "corrections had to wait for the worker");
    },
    patches: [
      { module: "episode.js", find: "  onInput(from, message) {\n", put: "  onInput(from, message) {\n    this.fresh = true;\n" },
      {
        module: "episode.js",
        find: "const correctFrom = this.timeline.firstIncorrect(this.slots, this.log.settled);",
        put: "const correctFrom = this.fresh ? this.timeline.firstIncorrect(this.slots, this.log.settled) : Infinity;\n    this.fresh = false;",
      },
    ],
  },

  "an input of the last episode is played in the next": {
    check: (rollback) => {
      const session = plainSession(rollback, 0);
      session.beginEpisode();
      const packet = (/** @type {number} */ epoch) =>
        rollback.encodeInput({
          ...{ type: "input", sender: 1, tag: 9, epoch, hidden: false, holding: false, stalled: false, inputBytes: 2 },
          ...{ start: 1, advantage: 0, frame: 2, receipts: [0, 1], checkpoint: null, inputs: [Uint8Array.of(4, 0)] },
        });
      session.onPacket(1, "inp", packet(1), 5);
      session.tick(10);
      assert.equal(session.episode?.slots.have(1), 0, "the input of episode 1 waits for its episode");
      session.onPacket(1, "inp", packet(0), 15);
      session.tick(20);
      assert.equal(session.episode?.slots.have(1), 1);
    },
    patches: [{ module: "session.js", find: "else if (message.epoch > epoch) this.#mailbox.keep(letter);", put: "" }, { module: "session.js", find: "message.epoch < epoch || !this.episode", put: "!this.episode" }],
  },

  "every replayed frame is drawn, so that what moved in one is missing on the screen": {
    check: (rollback) => {
      const results = playWell(rollback, "mobile", [1]);
      const [{ session, worker }] = results[0].peers;
      assert.ok(session.stats.replayed > 100);
      assert.ok(worker.counts.render <= session.stats.batches, `${worker.counts.render} draws in ${session.stats.batches} batches`);
    },
    patches: [{ module: "plan_to_ops.js", find: "...(observations && { obs: true }) } });\n", put: '...(observations && { obs: true }) } }, { op: "render", params: {} });\n' }],
  },

  "of fifty inputs that a peer is behind, fifteen are sent": {
    check: (rollback) => {
      const { sessions, play } = startedPair(rollback);
      sessions[0].setRecovering(1, true);
      const session = sessions[0];
      for (let frame = 1; frame <= 50; frame++) session.episode?.slots.author(frame, Uint8Array.of(1, 0));
      const sent = play(0).packets.flatMap(({ channel, data }) => (channel === "inp" ? [rollback.decode(data)] : []));
      const message = sent.find((each) => each?.type === "input");
      assert.ok(message?.type === "input");
      assert.deepEqual([message.start, message.inputs.length], [1, 50]);
    },
    patches: [{ module: "config.js", find: "export const MAX_PACKET_INPUTS = 64;", put: "export const MAX_PACKET_INPUTS = 15;" }],
  },

  "every frame counts as predicted, also those whose inputs were there in time": {
    check: (rollback) => {
      const facts = (/** @type {string} */ scenario, /** @type {object} */ change) => playWell(rollback, scenario, [1], change)[0].peers[0].records.flatMap(({ localFacts }) => localFacts);
      assert.ok(facts("clean", { D: 3 }).every(({ wasPredicted, replays }) => !wasPredicted && replays === 0));
      const late = facts("wan", { D: 1 });
      assert.ok(late.some(({ wasPredicted }) => wasPredicted) && late.some(({ replays }) => replays > 1));
    },
    patches: [{ module: "timeline.js", find: "wasPredicted: slots.isGuess(frame)", put: "wasPredicted: true" }],
  },
};

describe("it does not happen that", () => {
  for (const [name, { check }] of Object.entries(DEFECTS)) test(name, () => check(real));
});

describe("the test would notice if", () => {
  for (const [name, { check, patches }] of Object.entries(DEFECTS)) {
    test(name, async () => {
      const defective = await loadRollback(patches);
      assert.throws(() => check(defective));
    });
  }
});
