// The episode view: canonical rows are made once, what may still change follows them as it is now.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { EpisodeView } from "../../../templates/game/multiplayer/episode_view.js";
import { scores } from "../../../templates/game/rows.js";
import { row } from "./rows_of.js";

/** @type {{epoch: number, log: {frameDataBuffer: any[], speculativeFrameData: Map<number, any>}, timeline: {snapshots: number[]}}} */
let episode;
/** How many rows of the session were made rows of the game. */
let made = 0;
let index = 0;
/** @type {{episode: any, settled: number}} */
let session;
/** @type {EpisodeView} */
let view;

/** @param {number} epoch */
const begin = (epoch) => (episode = session.episode = { epoch, log: { frameDataBuffer: [], speculativeFrameData: new Map() }, timeline: { snapshots: [] } });

beforeEach(() => {
  [made, index] = [0, 0];
  session = { episode: null, settled: -1 };
  const rowOf = (/** @type {number} */ number, /** @type {any} */ { frame, reward }) => {
    made++;
    return row({ episode: number, t: frame, rewards: [["a", reward]], isFocused: [["a", reward < 9]] });
  };
  view = new EpisodeView({ session: /** @type {any} */ (session), slots: /** @type {any} */ ({ rowOf }), index: () => index });
  begin(0);
});

/** @param {number} count @param {number} reward of each */
function settle(count, reward) {
  const { frameDataBuffer, speculativeFrameData } = episode.log;
  for (; count > 0; count--) {
    const frame = frameDataBuffer.length;
    frameDataBuffer.push({ frame, reward });
    speculativeFrameData.delete(frame);
  }
}

/** @param {number} from @param {number[]} rewards of the steps that may still change */
function guess(from, rewards) {
  episode.log.speculativeFrameData.clear();
  rewards.forEach((reward, i) => episode.log.speculativeFrameData.set(from + i, { frame: from + i, reward }));
}

/** What is seen: each step's reward. */
function seen() {
  const { rows } = view;
  assert.deepEqual(rows.map(({ t }) => t), [...rows.keys()]);
  assert.deepEqual(view.cumulativeRewards, scores(rows));
  return rows.map(({ rewards }) => rewards.get("a"));
}

test("steps that a rollback undid are gone, those that came of it are there, and the sum is that of the rows", () => {
  settle(2, 1);
  guess(2, [0.1, 0.2, 0.3]);
  assert.deepEqual(seen(), [1, 1, 0.1, 0.2, 0.3]);
  guess(2, [5]); // an episode that ended there, it seemed
  assert.deepEqual(seen(), [1, 1, 5]);
  guess(2, [7, 8]);
  settle(1, 7);
  assert.deepEqual(seen(), [1, 1, 7, 8]);
  guess(3, []);
  assert.deepEqual(seen(), [1, 1, 7]);
});

test("whoever looked last is who is looked at", () => {
  assert.deepEqual([...view.focus], []);
  guess(0, [1, 9]);
  assert.deepEqual([...view.focus], [["a", false]]);
  guess(0, [1]);
  assert.deepEqual([...view.focus], [["a", true]]);
});

test("a canonical row is made once, however often and at whatever length it is looked at", () => {
  for (let count = 0; count < 100; count++) {
    settle(1, 1);
    assert.equal(view.rows.length, count + 1);
    void [view.focus, view.cumulativeRewards];
  }
  assert.equal(made, 100);
});

test("an episode has nothing before the session has begun it, and nothing of the one before", () => {
  settle(3, 1);
  assert.equal(view.rows.length, 3);
  index = 1;
  assert.deepEqual([view.rows, view.cumulativeRewards, view.focus], [[], new Map(), new Map()]);
  begin(1);
  settle(1, 4);
  assert.deepEqual(seen(), [4]);
  assert.deepEqual(view.rows.map((each) => each.episode), [1]);
});
