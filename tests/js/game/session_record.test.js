import assert from "node:assert/strict";
import test from "node:test";
import { SessionRecord, rowsOf } from "../../../templates/game/session_record.js";
import { row } from "./rows_of.js";

/** @param {number} [capacity] characters */
function storage(capacity = Infinity) {
  /** @type {Map<string, string>} */
  const items = new Map();
  return {
    items,
    /** @param {string} key */
    getItem: (key) => items.get(key) ?? null,
    /** @param {string} key @param {string} value */
    setItem(key, value) {
      if (value.length > capacity) throw new Error("QuotaExceededError");
      items.set(key, value);
    },
    /** @param {string} key */
    removeItem: (key) => void items.delete(key),
  };
}

/** @param {Partial<ConstructorParameters<typeof SessionRecord>[0]>} [options] */
const open = (options) =>
  new SessionRecord({ store: storage(), siteId: "site", globals: {}, seed: null, draw: () => 77, at: 1000, ...options });

const ABOUT = { seed: 5, startedAt: 10, endedAt: 20, earlyTicks: 0, droppedTicks: 0, facts: [] };
const ROWS = [row({ t: 0, rewards: [[1, 0.5]], infos: [[1, { distance: Infinity }]] }), row({ t: 1, rewards: [[1, NaN]], truncateds: [[1, true]] })];

test("a session seed is the experiment's, or drawn, and says which", () => {
  const { sessionSeed, seedDrawn } = open().session;
  assert.deepEqual([sessionSeed, seedDrawn], [77, true]);
  const fixed = open({ seed: 0 }).session;
  assert.deepEqual([fixed.sessionSeed, fixed.seedDrawn], [0, false]);
});

test("a reload goes on with the session at the same episode, and is recorded", () => {
  const store = storage();
  const before = open({ store });
  before.finishEpisode(ABOUT, ROWS, [1]);
  const after = open({ store, draw: () => 99, at: 2000 }).session;
  assert.equal(after.sessionSeed, 77);
  assert.equal(after.episode, 1);
  assert.deepEqual(after.reloads, [{ at: 2000, episode: 1 }]);
  assert.deepEqual(rowsOf(after.episodes[0]), rowsOf(before.session.episodes[0]));
  assert.deepEqual(rowsOf(after.episodes[0]), ROWS);
});

test("an episode's record derives from its rows", () => {
  const { steps, outcome, scores, episode } = open().finishEpisode(ABOUT, ROWS.slice(0, 1), [1]);
  assert.deepEqual({ steps, outcome, scores, episode }, { steps: 1, outcome: "unfinished", scores: [[1, 0.5]], episode: 0 });
});

test("another build or other parameters begin another session", () => {
  const store = storage();
  open({ store }).finishEpisode(ABOUT, ROWS, [1]);
  assert.equal(open({ store, globals: { group: "b" } }).session.episode, 0);
  assert.equal(open({ store, siteId: "other" }).session.episode, 0);
  assert.equal(open({ store, parameters: { STUDY_ID: "1" } }).session.episode, 0);
  assert.deepEqual(open({ store, parameters: { STUDY_ID: "1" } }).session.parameters, { STUDY_ID: "1" });
});

test("a full storage keeps the place, and memory keeps the rows", () => {
  const store = storage(1200);
  const record = open({ store });
  const many = Array.from({ length: 100 }, (_, t) => row({ t, rewards: [[1, 1]] }));
  record.finishEpisode(ABOUT, many, [1]);
  assert.equal(record.kept, "summary");
  assert.equal(record.session.episodes[0].rows.length, 100);
  assert.equal(open({ store }).session.episode, 1);
});

test("without a storage, or with rubbish in it, a session begins", () => {
  assert.equal(open({ store: null }).kept, "nothing");
  for (const rubbish of ["{", "3", '{"version":1}', "null"]) {
    const store = storage();
    store.items.set("igbuild/site", rubbish);
    assert.equal(open({ store }).session.episode, 0);
  }
});

test("hidden periods are recorded, and a reload ends the last", () => {
  const store = storage();
  const record = open({ store });
  record.visibilityChanged(true, 1);
  record.visibilityChanged(false, 2);
  record.visibilityChanged(true, 3);
  const { focus } = open({ store, at: 9 }).session;
  assert.deepEqual(focus, [{ episode: 0, hiddenAt: 1, shownAt: 2 }, { episode: 0, hiddenAt: 3, shownAt: 9 }]);
});

test("a session that is laid aside is kept, and another begins", () => {
  const store = storage();
  const record = open({ store });
  record.finishEpisode(ABOUT, ROWS, [1]);
  const finished = store.getItem("igbuild/site");
  record.layAside();
  const next = open({ store, at: 2000 });
  assert.equal(next.session.episode, 0);
  next.finishEpisode(ABOUT, ROWS, [1]);
  assert.equal(store.getItem("igbuild/site/1000"), finished);
});
