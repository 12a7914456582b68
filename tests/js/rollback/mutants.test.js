// The gate: a fleet that does not notice these mistakes proves nothing.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BASE, CASES } from "./sim/cases.js";
import { runFleet } from "./sim/fleet.js";
import { applyPatch, loadRollback, withoutInvariants } from "./sim/load_rollback.js";
import { MUTANTS } from "./sim/mutants.js";
import { judge } from "./sim/oracle.js";

/** Enough for every mistake to show; a mutant may hang for ever. */
const GIVE_UP_MS = 60_000;

/** @param {import("./sim/fleet.js").FleetOptions} options @param {import("./sim/rollback.js").Rollback} rollback */
function failuresOf(options, rollback) {
  try {
    return judge(options, runFleet(options, rollback));
  } catch (error) {
    return [String(error)];
  }
}

describe("the judge alone, without the session's own assertions, catches a session that", () => {
  for (const [name, { about, patches, scenario, seeds }] of Object.entries(MUTANTS)) {
    test(`${about} (${name})`, async () => {
      const mutant = await loadRollback(patches);
      const caught = seeds.some((seed) => failuresOf({ ...BASE, ...CASES[scenario], maxMs: GIVE_UP_MS, seed }, mutant).length > 0);
      assert.ok(caught, `${name} survived ${scenario} on seeds ${seeds}`);
    });
  }
});

test("a patch that does not apply is an error, not a mutant", () => {
  assert.throws(() => applyPatch("a b a", { module: "x.js", find: "a", put: "c" }), /does not apply/);
  assert.throws(() => applyPatch("a b a", { module: "x.js", find: "d", put: "c" }), /does not apply/);
});

test("a session without its assertions plays the same game", async () => {
  assert.equal(withoutInvariants("a\n  //% if dev\n  b\n  //% endif\nc\n"), "a\nc\n");
  const production = await loadRollback([]);
  const options = { ...BASE, ...CASES.mobile, seed: 3, trace: true, episodes: 1 };
  const [lean, debug] = [runFleet(options, production), runFleet(options)];
  assert.equal(lean.trace, debug.trace);
  assert.ok(!("invariants" in lean.peers[0].session), "production sessions carry no assertions");
  assert.ok("invariants" in debug.peers[0].session);
});
