import assert from "node:assert/strict";
import test from "node:test";
import { rowsOf } from "../../../templates/game/session_record.js";
import { AGENTS, Bench, settle } from "./multiplayer_bench.js";

/** @param {readonly import("../../../templates/game/rows.js").Row[]} rows @param {string} agent */
const sum = (rows, agent) => rows.reduce((total, { rewards }) => total + (rewards.get(agent) ?? 0), 0);

/** Two rollbacks for the first player: the second one's inputs are late, twice. @param {Bench} bench */
async function rollBackTwice(bench) {
  const [ada, ben] = bench.players;
  for (const action of [1, 2]) {
    bench.mute.add(1);
    ben.action = action;
    await bench.tick(4);
    bench.mute.delete(1);
    const before = ada.rollbacks.length;
    await bench.until(() => ada.rollbacks.length > before);
    await bench.tick(2);
  }
}

test("both players play the same game to its end, and record the same rows", async () => {
  const bench = new Bench({ game: { maxSteps: 40, episodes: 2 } });
  const [ada, ben] = await bench.playing();
  ada.action = 1;
  ben.action = 4;
  await bench.until(() => bench.players.every(({ game }) => game.phase === "end"), 800);
  await bench.running;
  const [first, second] = bench.players.map(({ record }) => record.session.episodes);
  assert.deepEqual(first.map(({ rows }) => rows), second.map(({ rows }) => rows));
  assert.deepEqual(first.map(({ steps }) => steps), [40, 40]);
  assert.deepEqual(first.map(({ sync }) => sync?.status), ["verified", "verified"]);
  assert.deepEqual([first[0].sync?.me, second[0].sync?.me], AGENTS);
  assert.notEqual(first[0].seed, first[1].seed);
  assert.equal(first[0].seed, second[0].seed);
  assert.deepEqual(rowsOf(first[0]).at(-1)?.actions, new Map([["left", 1], ["right", 4]]));
  assert.ok(bench.players.every(({ worker, keyboard }) => worker.destroyed === 1 && !keyboard));
});

test("nobody plays before both have begun: the one who waits is told for whom", async () => {
  const bench = new Bench({ more: {} });
  const [ada, ben] = bench.players;
  ben.frozen = true;
  await bench.joined();
  await bench.tick(30);
  assert.equal(ada.game.phase, "waiting");
  assert.equal(ada.game.step_num, 0);
  assert.ok(ada.notices.includes("Waiting for Ben"));
  assert.equal(ada.keyboard, false);
  ben.frozen = false;
  await bench.until(() => ada.game.step_num > 0);
  assert.equal(ada.keyboard, true);
});

test("a rollback is part of the tick's one batch, and draws once, at the end", async () => {
  const bench = new Bench();
  const [ada] = await bench.playing();
  const before = ada.worker.batches.length;
  const ticks = bench.now;
  await rollBackTwice(bench);
  assert.ok(ada.rollbacks.length >= 2);
  for (const ops of ada.rollbacks) {
    assert.equal(ops.filter((op) => op === "loadState").length, 1);
    assert.equal(ops.filter((op) => op === "render").length, 1);
    assert.equal(ops.at(-1), "render");
    assert.ok(ops.filter((op) => op === "step").length > 1);
  }
  assert.ok(ada.worker.batches.length - before <= Math.round((bench.now - ticks) * 30 / 1000));
});

test("after two rollbacks score and step count are those of the rows, not of a sum that went on", async () => {
  const bench = new Bench();
  const [ada, ben] = await bench.playing();
  ada.action = 3;
  await rollBackTwice(bench);
  await bench.until(() => ada.game.step_num >= 30);
  await bench.tick(1);
  const { rows } = ada.game;
  assert.equal(ada.game.step_num, rows.length);
  assert.deepEqual(rows.map(({ t }) => t), [...rows.keys()]);
  assert.equal(ada.game.score, sum(rows, "left"));
  assert.deepEqual(ada.game.cumulative_rewards, new Map(AGENTS.map((agent) => [agent, sum(rows, agent)])));
  assert.equal(ada.game.getHUDText(), `${Number(sum(rows, "left").toFixed(2))} ${rows.length}`);
  await bench.until(() => [ada, ben].every(({ game }) => game.phase === "end"));
  const [mine, theirs] = [ada, ben].map(({ record }) => record.session.episodes[0]);
  assert.deepEqual(mine.scores, theirs.scores);
  assert.deepEqual(mine.scores, AGENTS.map((agent) => [agent, sum(rowsOf(mine), agent)]));
});

test("only steps whose inputs were guessed are marked as predicted", async () => {
  const bench = new Bench({ multiplayer: { inputDelay: 3 } });
  const [ada, ben] = await bench.playing();
  bench.mute.add(1);
  await bench.tick(8);
  bench.mute.delete(1);
  await bench.until(() => [ada, ben].every(({ game }) => game.phase === "end"));
  const marks = ada.record.session.episodes[0].facts.map(({ wasPredicted }) => wasPredicted);
  assert.ok(marks.some((mark) => mark));
  assert.ok(marks.filter((mark) => !mark).length > marks.length / 2);
});

test("a debug trace names every replayed step, with hashes of the same batch", async () => {
  const bench = new Bench();
  const [ada] = await bench.playing();
  await rollBackTwice(bench);
  assert.match(ada.trace[0], /^\[ROLLBACK-START\] episode 0 snapshot \d+ frames \d+ to \d+$/);
  const replays = ada.trace.filter((line) => line.startsWith("REPLAY_FRAME"));
  const steps = ada.trace.filter((line) => line.startsWith("[")).map((line) => line.match(/frames (\d+) to (\d+)/)?.slice(1).map(Number) ?? []);
  assert.equal(replays.length, steps.reduce((total, [from, to]) => total + to - from + 1, 0));
  for (const line of replays) assert.match(line, /^REPLAY_FRAME \d+ [0-9a-f]+ \[\d,\d\] [0-9a-f]+$/);
  assert.ok(ada.rollbacks.every((ops) => ops.includes("computeHash")));
});

test("without a trace, a rollback hashes no replayed step", async () => {
  const bench = new Bench({ more: { debug: undefined }, multiplayer: { hashInterval: 3600 } });
  const [ada] = await bench.playing();
  await rollBackTwice(bench);
  assert.ok(ada.rollbacks.length >= 2);
  assert.ok(ada.rollbacks.every((ops) => !ops.includes("computeHash")));
});

test("pictures after a rollback are to be smoothed, others not", async () => {
  const bench = new Bench();
  const [ada] = await bench.playing();
  await rollBackTwice(bench);
  const smoothed = ada.pictures.filter(({ smooth }) => smooth > 0);
  assert.equal(smoothed.length, ada.rollbacks.length);
  assert.ok(smoothed.length < ada.pictures.length);
});

test("an environment that does not come back to a state ends in a sentence, before anyone is met", async () => {
  const bench = new Bench({ game: { maxSteps: 1000 }, prepare: (players) => players.forEach(({ worker }) => worker.ignored.add("loadState")) });
  const [ada] = await bench.joined();
  assert.equal(ada.game.phase, "error");
  assert.equal(ada.errors[0].name, "GameHalted");
  assert.match(ada.errors[0].message, /cannot be played by several people/);
  assert.equal(ada.worker.destroyed, 1);
});

test("an environment too slow to go back within a frame is refused", async () => {
  const bench = new Bench({ prepare: (players) => players.forEach(({ worker }) => (worker.lastTiming.python = 5000)) });
  const [ada] = await bench.joined();
  assert.match(ada.errors[0].message, /too slow for rollback/);
});

test("a key whose action the environment does not have is refused before the game", async () => {
  const bench = new Bench({ prepare: (players) => players.forEach(({ worker }) => (worker.actionSpaces = AGENTS.map(() => ({ kind: "discrete", n: 2 })))) });
  const [ada] = await bench.joined();
  assert.match(ada.errors[0].message, /The action 2 is not in its space/);
});

test("a player who is lost ends the game in a sentence, and what was agreed is recorded", async () => {
  const bench = new Bench();
  const [ada, ben] = await bench.playing();
  await bench.tick(10);
  bench.cut = true;
  await bench.until(() => ada.game.phase === "error" && ben.game.phase === "error");
  assert.equal(ada.errors.length, 1);
  assert.match(ada.errors[0].message, /connection to the other player was lost/);
  const [episode] = ada.record.session.episodes;
  assert.equal(episode.sync?.status, "partial");
  assert.ok(episode.steps > 10);
  assert.equal(rowsOf(episode).length, episode.facts.length);
  assert.ok(ada.notices.includes("Waiting for Ben"));
});

test("a player whose Python fails tells the other, who need not wait", async () => {
  const bench = new Bench();
  const [ada, ben] = await bench.playing();
  ada.worker.failure = new TypeError("no");
  await bench.until(() => ada.game.phase === "error" && ben.game.phase === "error", 10);
  assert.equal(ada.errors[0].message, "no");
  assert.match(ben.errors[0].message, /other player (was lost|left)/);
});

test("a state that cannot be hashed ends a game of several with what Python says of it", async () => {
  const bench = new Bench({ server: { hashInterval: 10, observations: false } });
  const [ada, ben] = await bench.playing();
  ada.worker.refused = "computeHash";
  await bench.until(() => ada.game.phase === "error" && ben.game.phase === "error", 40);
  assert.equal(ada.errors[0].message, "computeHash refused");
});

test("a hidden page plays on with the default action, and both rows say so", async () => {
  const bench = new Bench();
  const [ada, ben] = await bench.playing();
  ben.action = 4;
  await bench.tick(5);
  ben.hidden = true;
  ben.game.visibilityChanged();
  await bench.tick(10);
  assert.equal(ben.game.phase, "playing");
  assert.deepEqual(ada.game.getFocusStatePerPlayer(), new Map([["left", true], ["right", false]]));
  assert.ok(ada.notices.includes("Ben is looking elsewhere"));
  await bench.until(() => [ada, ben].every(({ game }) => game.phase === "end"));
  const [mine, theirs] = [ada, ben].map(({ record }) => record.session.episodes[0]);
  assert.deepEqual(mine.rows, theirs.rows);
  const hidden = rowsOf(mine).filter(({ isFocused }) => !isFocused.get("right"));
  assert.ok(hidden.length > 0 && hidden.every(({ actions }) => actions.get("right") === 0));
});

test("two pages whose environments differ stop, and mark what they recorded", async () => {
  const bench = new Bench();
  const [ada, ben] = await bench.playing();
  ada.worker.python.tamper = (env) => void (env.state.secret ^= 1);
  await bench.until(() => [ada, ben].every(({ game }) => game.phase === "error"));
  for (const { errors, record } of [ada, ben]) {
    assert.match(errors[0].message, /were no longer the same/);
    assert.equal(record.session.episodes[0].sync?.status, "desynced");
  }
});

test("an episode begins once the paths to the others were tried anew, and ticks go on meanwhile", async () => {
  /** @type {() => void} */
  let checked = () => {};
  const bench = new Bench({ game: { maxSteps: 20, episodes: 2 } });
  const [ada, ben] = await bench.playing();
  ben.checking = new Promise((resolve) => (checked = resolve));
  await bench.until(() => ben.checked.length === 2);
  const ticks = () => /** @type {any} */ (ben.game.peers).stats.ticks;
  const before = ticks();
  await bench.tick(90); // longer than anybody may be silent
  assert.equal(ticks(), before + 90);
  assert.deepEqual([ada.game.phase, ben.game.phase, ben.game.peers?.phase], ["waiting", "waiting", "finished"]);
  checked();
  await bench.until(() => bench.players.every(({ game }) => game.phase === "end"));
  assert.deepEqual(ada.checked, [[1], [1]]);
  const [mine, theirs] = bench.players.map(({ record }) => record.session.episodes);
  assert.deepEqual(mine.map(({ rows }) => rows), theirs.map(({ rows }) => rows));
  assert.deepEqual(mine.map(({ sync }) => sync?.status), ["verified", "verified"]);
});

test("who leaves between two episodes is not waited for, and the path to them is let go", async () => {
  const bench = new Bench({ game: { maxSteps: 20, episodes: 2 } });
  const [ada, ben] = await bench.playing();
  ada.checking = new Promise(() => {});
  await bench.until(() => ada.checked.length === 2);
  ben.game.leave();
  await bench.tick(5);
  assert.deepEqual(ada.letGo, [1]);
});

test("people are told that a connection is looked for, in the game and before a round", async () => {
  const bench = new Bench({ game: { maxSteps: 200, episodes: 1 }, multiplayer: { dropMs: 9000, absentMs: 9000 } });
  const [ada, ben] = bench.players;
  ben.frozen = true;
  await bench.joined();
  await bench.tick(30);
  ada.game.setRecovering(1, true);
  assert.match(ada.waits.at(-1) ?? "", /^Looking for a new connection\. The game goes on/);
  ada.game.setRecovering(1, false);
  assert.match(ada.waits.at(-1) ?? "", /^The game goes on/);
  ben.frozen = false;
  await bench.until(() => ada.game.step_num > 3);
  bench.mute.add(1);
  await bench.tick(30);
  assert.equal(ada.notices.at(-1), "Waiting for Ben");
  ada.game.setRecovering(1, true);
  assert.equal(ada.notices.at(-1), "Waiting for Ben. Looking for a new connection");
  const { length } = ada.waits;
  bench.mute.clear();
  await bench.tick(5);
  assert.equal(ada.notices.at(-1), "");
  ada.game.setRecovering(1, false);
  assert.equal(ada.waits.length, length, "no panel comes over the game");
});

test("what tests and the console may look at follows from the session", async () => {
  const bench = new Bench();
  const [ada] = await bench.playing();
  const { peers } = ada.game;
  assert.equal(peers?.me, "left");
  assert.equal(peers?.phase, "running");
  assert.equal(peers?.snapshotInterval, 4);
  assert.equal(peers?.rollbackInProgress, false);
  assert.ok((peers?.stateSnapshots.length ?? 0) > 0 && (peers?.settled ?? 0) <= (peers?.stepNum ?? 0));
});

test.afterEach(settle);
