import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import test from "node:test";
import { drawSessionSeed, episodeSeed, mix32 } from "../../../templates/game/seeds.js";

const SOURCE = new URL("../../../templates/game/seeds.js", import.meta.url);

/** @type {[number, number, number][]} */
const KNOWN = [
  [0, 0, 1231361927],
  [0, 1, 510358009],
  [42, 0, 155417150],
  [42, 1, 2106677302],
  [4294967295, 7, 1482543873],
  [123456789, 99999, 1289248686],
];

test("episode seeds are the documented ones", () => {
  for (const [session, episode, seed] of KNOWN) assert.equal(episodeSeed(session, episode), seed);
  assert.equal(mix32(0), 0);
});

test("the formula in the documentation, run by Python, gives the same seeds", (t) => {
  const documented = readFileSync(SOURCE, "utf8")
    .split("\n")
    .filter((line) => /^ \* {5}/.test(line))
    .map((line) => line.slice(" *     ".length))
    .join("\n");
  const calls = KNOWN.map(([session, episode]) => `print(episode_seed(${session}, ${episode}))`).join("\n");
  const { status, stdout, error } = spawnSync("python3", ["-c", `${documented}\n${calls}`], { encoding: "utf8" });
  if (error) return t.skip("there is no python3 here");
  assert.equal(status, 0);
  assert.deepEqual(stdout.trim().split("\n").map(Number), KNOWN.map(([, , seed]) => seed));
});

test("episodes of a session have different seeds that fit 31 bits", () => {
  const seeds = Array.from({ length: 5000 }, (_, episode) => episodeSeed(42, episode));
  assert.equal(new Set(seeds).size, seeds.length);
  assert.ok(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31));
});

test("neighbouring sessions share no seeds", () => {
  const seeds = Array.from({ length: 100 }, (_, session) => Array.from({ length: 20 }, (_e, episode) => episodeSeed(session, episode)));
  assert.equal(new Set(seeds.flat()).size, 2000);
});

test("what is no seed or no episode is refused", () => {
  for (const bad of [-1, 1.5, 2 ** 32, NaN]) {
    assert.throws(() => episodeSeed(bad, 0), /session seed/);
    assert.throws(() => episodeSeed(0, bad), /episode/);
  }
});

test("a drawn session seed is one that episodes can be derived from", () => {
  const drawn = Array.from({ length: 50 }, () => drawSessionSeed());
  assert.ok(new Set(drawn).size > 40);
  for (const seed of drawn) episodeSeed(seed, 0);
});
