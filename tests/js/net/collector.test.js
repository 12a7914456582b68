// What is laid aside of an episode under way when a page leaves, or its game stops.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Collector } from "../../../templates/game/net/collector.js";
import { Bench } from "../game/multiplayer_bench.js";

/**
 * @param {any} game with an episode under way
 * @param {any[]} focus periods of the session in which the page was hidden
 * @returns {{stop: (reason: string) => void, lines: (kind: string) => any[]}}
 */
function collecting(game, focus = []) {
  /** @type {import("../../../templates/game/net/chunks.js").Chunk[]} */
  const kept = [];
  const collector = new Collector({
    site: /** @type {any} */ ({ players: { humans: game.agents }, game: {}, ...(game.peers && { multiplayer: { inputDelay: 2 } }) }),
    game,
    record: /** @type {any} */ ({ session: { episodes: [], focus } }),
    place: () => ({ seat: 0, seats: 2, peers: [] }),
    keep: (chunks) => void kept.push(...chunks),
  });
  const lines = (/** @type {string} */ kind) => kept.filter((chunk) => chunk.kind === kind).flatMap(({ content }) => content.trimEnd().split("\n")).map((line) => JSON.parse(line));
  return { stop: (reason) => collector.stop(reason), lines };
}

test("alone, the facts of the steps that were played are laid aside with them", () => {
  const row = { episode: 0, actions: new Map(), rewards: new Map(), terminateds: new Map(), truncateds: new Map(), infos: new Map(), isFocused: new Map() };
  const fact = { keypress: null, queueExit: 1, stepSent: 2, stepAnswered: 3, drawn: null };
  const game = { agents: ["human"], peers: null, episode: { index: 0, seed: 1, startedAt: 0 }, settled: 2, rows: [0, 1, 2].map((t) => ({ ...row, t })), facts: [0, 1, 2].map((t) => ({ ...fact, t })) };
  const { stop, lines } = collecting(game);
  stop("failed");
  stop("left");
  assert.deepEqual(lines("rows").map(({ t }) => t), [0, 1]);
  assert.deepEqual(lines("local"), [0, 1].map((t) => ({ ...fact, t })));
  assert.deepEqual(lines("validation"), []);
  assert.deepEqual(lines("meta").map(({ rows, termination }) => [rows, termination.reason]), [[2, "failed"]]);
});

test("an episode has the periods in which the page was hidden during it, also those that began before", () => {
  const period = (/** @type {number} */ episode, /** @type {number} */ hiddenAt, /** @type {number | null} */ shownAt) => ({ episode, hiddenAt, shownAt });
  const focus = [period(0, 10, 20), period(0, 80, 95), period(0, 96, 120), period(1, 97, 98), period(1, 130, null), period(2, 300, null)];
  const row = { episode: 1, t: 0, actions: new Map(), rewards: new Map(), terminateds: new Map(), truncateds: new Map(), infos: new Map(), isFocused: new Map() };
  const fact = { t: 0, keypress: null, queueExit: 1, stepSent: 2, stepAnswered: 3, drawn: null };
  const { stop, lines } = collecting({ agents: ["human"], peers: null, episode: { index: 1, seed: 1, startedAt: 100 }, settled: 1, rows: [row], facts: [fact] }, focus);
  stop("left");
  assert.deepEqual(lines("meta")[0].focus, [{ from: 96, to: 120 }, { from: 130, to: null }]);
});

for (const [how, end] of /** @type {[string, (game: any) => void][]} */ ([
  ["fails", (game) => game.fail(new Error("worker"))],
  ["is left", (game) => game.leave()],
])) {
  test(`among several, a game that ${how} leaves facts and agreed frames of all rows`, async () => {
    const bench = new Bench({ game: { maxSteps: 500 } });
    const [ada, ben] = await bench.playing();
    ben.action = 2;
    bench.mute.add(1);
    await bench.tick(4);
    bench.mute.delete(1);
    await bench.until(() => ada.game.settled > 40);
    const { stop, lines } = collecting(ada.game);
    end(ada.game);
    stop("left");
    const rows = lines("rows");
    assert.ok(rows.length > 40);
    assert.deepEqual(lines("meta").map(({ inputDelay }) => inputDelay), [2]);
    assert.deepEqual(lines("local").map(({ t }) => t), [...rows.keys()]);
    assert.ok(lines("local").every(({ wasPredicted, replays }) => typeof wasPredicted === "boolean" && replays >= 0));
    assert.ok(lines("local").some(({ replays }) => replays > 0));
    assert.deepEqual(lines("validation").map(({ type, t }) => [type, t]), [...rows.keys()].map((t) => ["frame", t]));
    assert.deepEqual(lines("validation").map(({ actions }) => actions.right), rows.map((row) => row["actions.right"]));
  });
}
