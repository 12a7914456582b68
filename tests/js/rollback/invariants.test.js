// Which promise is kept where: those that one peer can see alone by its debug build, the others by the judge and the tests.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import * as real from "./sim/rollback.js";
import { RollbackError } from "../../../templates/game/rollback/errors.js";
import { Invariants, checkPlan, checkPromoted } from "../../../templates/game/rollback/invariants.js";
import { startedPair } from "./sim/pair.js";

/** @typedef {import("../../../templates/game/rollback/types.js").BatchPlan} BatchPlan */

/**
 * `debug`: asserted in every tick of a debug build, by invariants.js. Otherwise the file, and the words in it, of the
 * test that holds it.
 *
 * @type {Record<string, {says: string, debug?: true, file?: string, words?: string}>}
 */
const TABLE = {
  I1: { says: "S <= A <= C, S < next frame; a frame opens only within the window of C", debug: true },
  I2: { says: "rows are appended in order and never change", debug: true },
  I3: { says: "what is promoted was simulated with the inputs that are held", debug: true },
  I4: { says: "a rollback goes to a frame after S and before the next", debug: true },
  I5: { says: "there is always a snapshot at or before S + 1", debug: true },
  I6: { says: "at most P + K - 1 frames are replayed", debug: true },
  I7: { says: "only confirmed frames are fast-forwarded", debug: true },
  I8: { says: "an input has one value everywhere, for ever", file: "sim/fleet.js", words: "I8: input" },
  I9: { says: "nothing held or agreed is lost while nobody comes or goes", debug: true },
  I10: { says: "at most one batch is in flight, and a reply counts for its own episode", debug: true },
  I11: { says: "equal frames have equal chains on all peers, dead ones included", file: "sim/oracle.js", words: "differs after" },
  I12: { says: "the rows are a straight replay of their inputs", file: "sim/oracle.js", words: "replay: episode" },
  I13: { says: "the end is the first row that is done, and no row follows", debug: true },
  I14: { says: "verified means that all ends are equal", debug: true },
  I15: { says: "a dead player is cut off after everybody's canonical rows", file: "sim/oracle.js", words: "I15" },
  I16: { says: "nobody confirms the first frame after a return before all present know of it", file: "sim/fleet.js", words: "I16: frame" },
  I17: { says: "a minority never goes on", file: "membership.test.js", words: "neither half of an even split goes on" },
  I18: { says: "the rows do not depend on loss, order, jitter, worker, K or P", file: "metamorphic.test.js", words: "the canonical rows are the same with" },
  I19: { says: "whatever is kept is bounded", debug: true },
  I20: { says: "decoding is total", file: "models.test.js", words: "never throws, and never takes a part for the whole" },
  I21: { says: "after a blackout every peer settles ten frames in four seconds", file: "fleet.test.js", words: "settles ten frames within four seconds" },
  I22: { says: "the same seed gives the same trace", file: "fleet.test.js", words: "a run is a function of its seed" },
};

const read = (/** @type {string} */ path) => readFileSync(new URL(path, import.meta.url), "utf8");

test("every invariant of the specification is asserted where the table says", () => {
  assert.deepEqual(Object.keys(TABLE), Array.from({ length: 22 }, (_, i) => `I${i + 1}`));
  const asserted = read("../../../templates/game/rollback/invariants.js");
  for (const [name, { debug, file, words, says }] of Object.entries(TABLE)) {
    if (debug) assert.match(asserted, new RegExp(`promise\\("${name}"`), `${name} (${says}) is not asserted in a debug build`);
    else assert.ok(read(String(file)).includes(String(words)), `${name} (${says}) is not in ${file}`);
  }
});

test("the documentation lists the same invariants", () => {
  const page = read("../../../docs/rollback.md");
  for (const name of Object.keys(TABLE)) assert.match(page, new RegExp(`\\| ${name} \\|`));
});

/** @param {string} name @param {() => void} run */
function breaks(name, run) {
  assert.throws(run, (error) => error instanceof RollbackError && error.code === "internal-invariant" && error.message.startsWith(`${name} `));
}

/** @param {number} frames played by both @returns {import("../../../templates/game/rollback/session.js").Session} */
function playing(frames) {
  const { table, sessions } = startedPair(real);
  table.rounds(frames);
  return sessions[0];
}

/** @param {Partial<BatchPlan>} change @returns {BatchPlan} */
function planOf(change) {
  return { id: 1, epoch: 0, reset: false, keepFrom: null, load: null, from: 0, steps: [], saves: [], hashes: [], replayed: 0, render: false, ...change };
}

describe("a debug build throws when", () => {
  test("S passes A (I1)", () => {
    const session = playing(8);
    const liar = new Proxy(session, { get: (target, key) => (key === "agreed" ? target.settled - 1 : Reflect.get(target, key, target)) });
    breaks("I1", () => new Invariants().afterTick(liar));
  });

  test("a row is not the next one (I2), or was played with another input (I3)", () => {
    const { episode } = playing(8);
    assert.ok(episode);
    const { slots, log } = episode;
    const row = log.frameDataBuffer[log.settled];
    const logWith = (/** @type {object} */ change) => /** @type {any} */ ({ frameDataBuffer: [...log.frameDataBuffer.slice(0, -1), { ...row, ...change }] });
    checkPromoted({ slots, log: logWith({}) }, log.settled - 1);
    breaks("I2", () => checkPromoted({ slots, log: logWith({ frame: row.frame + 1 }) }, log.settled - 1));
    breaks("I3", () => checkPromoted({ slots, log: logWith({ inputs: [row.inputs[0], Uint8Array.of(4, 0)] }) }, log.settled - 1));
    assert.ok(Object.isFrozen(row), "canonical rows are frozen in a debug build");
  });

  test("a rollback reaches a canonical frame (I4) or is too long (I6), a fast-forward guesses (I7), a frame is too early (I1)", () => {
    const { episode } = playing(8);
    assert.ok(episode);
    const { planner, timeline, log, slots } = episode;
    const next = timeline.frame;
    checkPlan(planner, planOf({ load: log.settled, from: log.settled, replayed: 2 }), log.settled + 1, next + 1);
    breaks("I4", () => checkPlan(planner, planOf({ load: 0, replayed: 2 }), log.settled, next));
    breaks("I4", () => checkPlan(planner, planOf({ load: -1, replayed: 2 }), log.settled + 1, next + 1));
    breaks("I6", () => checkPlan(planner, planOf({ load: 0, replayed: 6 }), log.settled + 1, next + 1));
    const inputs = slots.inputsFor(next);
    breaks("I7", () => checkPlan(planner, planOf({ from: slots.confirmed() + 1, steps: [inputs, inputs] }), Infinity, next));
    breaks("I1", () => checkPlan(planner, planOf({ from: slots.confirmed() + 5, steps: [inputs] }), Infinity, next));
  });

  test("no snapshot is left to go back to (I5)", () => {
    const session = playing(8);
    session.episode?.timeline.dropSnapshotsBefore(1000);
    breaks("I5", () => new Invariants().afterTick(session));
  });

  test("something held (I9) or canonical (I2) is lost", () => {
    const session = playing(8);
    assert.ok(session.episode);
    const invariants = new Invariants();
    invariants.afterTick(session);
    const { slots, log } = session.episode;
    slots.held = () => [0, 0];
    breaks("I9", () => invariants.afterTick(session));
    Object.defineProperty(log, "settled", { value: 0 });
    breaks("I2", () => invariants.afterTick(session));
  });

  test("a second batch is posted (I10)", () => breaks("I10", () => new Invariants().onPost(planOf({ id: 1 }), planOf({ id: 2 }))));

  test("frames follow the end (I13)", () => {
    const session = playing(8);
    assert.ok(session.episode);
    session.episode.log.end = 2;
    breaks("I13", () => new Invariants().afterTick(session));
  });

  test("an episode with different ends is verified (I14)", () => {
    const { episode } = playing(100);
    assert.ok(episode && episode.phase === "finished");
    new Invariants().onFinished(episode);
    episode.boundary.ends.set(1, { last: 3, chain: "other" });
    breaks("I14", () => new Invariants().onFinished(episode));
  });

  test("too much is kept (I19)", () => {
    const session = playing(8);
    session.stats.maxFuture = 65;
    breaks("I19", () => new Invariants().afterTick(session));
    session.stats.maxFuture = 0;
    for (let frame = 1000; frame < 2000; frame++) session.episode?.timeline.saveStateSnapshot(frame);
    breaks("I19", () => new Invariants().afterTick(session));
  });
});
