// Telemetry: loss and jitter as they are measured, a line of it, and when the collector lays one aside.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Collector } from "../../../templates/game/net/collector.js";
import { Telemetry } from "../../../templates/game/net/telemetry.js";
import { Arrivals } from "../../../templates/game/rollback/arrivals.js";
import { Stats } from "../../../templates/game/rollback/stats.js";
import { startedPair } from "../rollback/sim/pair.js";
import * as real from "../rollback/sim/rollback.js";

describe("arrivals", () => {
  test("have the jitter of RFC 3550, 6.4.1, whatever the other clock shows", () => {
    for (const clock of [0, -1e9]) {
      const arrivals = new Arrivals();
      const jitters = [50, 58, 58, 42].map((transit, seq) => {
        arrivals.note(seq, 250 * seq + clock, 250 * seq + transit);
        return arrivals.jitter;
      });
      assert.deepEqual(jitters, [null, 8 / 16, 0.5 * (15 / 16), 0.46875 + (16 - 0.46875) / 16]);
    }
  });

  test("approach the mean deviation of a way whose delays alternate", () => {
    const arrivals = new Arrivals();
    for (let seq = 0; seq < 200; seq++) arrivals.note(seq, 250 * seq, 250 * seq + (seq % 2 ? 30 : 50));
    assert.ok(Math.abs(Number(arrivals.jitter) - 20) < 0.1, `${arrivals.jitter}`);
  });

  test("count what was sent by its numbers: a gap is lost until it comes late", () => {
    const arrivals = new Arrivals();
    /** @type {number[][]} */
    const counts = [];
    for (const seq of [5, 6, 9, 8, 10]) {
      arrivals.note(seq, seq, seq);
      counts.push([arrivals.expected, arrivals.received]);
    }
    assert.deepEqual(counts, [[1, 1], [2, 2], [5, 3], [5, 4], [6, 5]]);
    assert.deepEqual([new Arrivals().expected, new Arrivals().received], [0, 0]);
  });

  test("take no time that is none", () => {
    const arrivals = new Arrivals();
    for (const sent of [NaN, Infinity]) arrivals.note(0, sent, 1);
    assert.deepEqual([arrivals.expected, arrivals.received, arrivals.jitter], [0, 0, null]);
  });
});

test("sessions measure the way to them by the pings that cross it", () => {
  const { table, sessions } = startedPair(real);
  const [before] = sessions[1].links.report(table.now);
  let pings = 0;
  let lost = 0;
  table.rounds(400, (from, { channel, data }) => {
    const isPing = from === 0 && channel === "inp" && /** @type {Uint8Array} */ (data)[2] === 2;
    if (isPing) pings++;
    const isLost = isPing && pings % 4 === 1;
    if (isLost) lost++;
    return isLost;
  });
  const [link] = sessions[1].links.report(table.now);
  assert.ok(pings > 40 && lost > 10, `${pings} pings`);
  assert.deepEqual([link.player, link.expected - before.expected, link.received - before.received], [0, pings, pings - lost]);
  assert.ok(link.silentMs < 300);
  const [other] = sessions[0].links.report(table.now);
  assert.equal(other.expected, other.received, "nothing was lost on the way back");
});

test("the depth of the prediction is that of the frames that were opened", () => {
  const { table, sessions } = startedPair(real, { inputDelay: 0 });
  table.rounds(30);
  const [near] = sessions.map(({ stats }) => stats.predicted / stats.advanced);
  const far = startedPair(real, { inputDelay: 0 });
  /** @type {typeof table.mail[]} */
  const late = [];
  for (let round = 0; round < 30; round++) {
    far.table.now += 33;
    far.sessions.forEach((_, me) => far.play(me));
    late.push(far.table.mail.splice(0));
    if (late.length > 3) far.table.mail = late.shift() ?? [];
    far.table.deliver();
  }
  const [deep] = far.sessions.map(({ stats }) => stats.predicted / stats.advanced);
  assert.ok(near <= 1 && deep > near + 1.5, `${near} frames without a delay, ${deep} with one of three ticks`);
});

/** @param {Partial<Stats>} counts */
const stats = (counts) => Object.assign(new Stats(), counts);
const LINK = { player: 1, agent: "blue", rtt: 40.26, silentMs: 12.4, jitter: 3.14, expected: 9, received: 8 };
const PATHS = [{ seat: 1, path: "relay" }];

describe("a line", () => {
  test("has the documented keys in the documented order", () => {
    const peers = { stats: stats({ ticks: 31, advanced: 30, predicted: 45, rollbacks: 4, replayed: 9, stalls: 1, packets: 31, bytes: 900 }), links: [LINK] };
    const line = new Telemetry().line({ at: 5, episode: 0, t: 29, peers, playing: { index: 0, droppedTicks: 2 }, paths: PATHS });
    assert.equal(
      JSON.stringify(line),
      '{"episode":0,"at":5,"t":29,"ticks":31,"frames":30,"rollbacks":4,"replayed":9,"stalls":1,"holds":0,"paced":0,"busy":0,"packets":31,"bytes":900,' +
        '"dropped":2,"predictionDepth":1.5,"path.blue":"relay","rtt.blue":40.3,"jitter.blue":3.1,"pings.blue":9,"lost.blue":1,"silence.blue":12}',
    );
  });

  test("counts since the line before, over the end of an episode too", () => {
    const telemetry = new Telemetry();
    const moment = { at: 5, episode: 0, t: 29, paths: [] };
    telemetry.line({ ...moment, peers: { stats: stats({ ticks: 30, advanced: 30, predicted: 30, rollbacks: 4 }), links: [LINK] }, playing: { index: 0, droppedTicks: 2 } });
    const late = { ...LINK, expected: 13, received: 13 };
    const second = telemetry.line({ ...moment, peers: { stats: stats({ ticks: 61, advanced: 40, predicted: 55, rollbacks: 5 }), links: [late] }, playing: { index: 0, droppedTicks: 5 } });
    assert.deepEqual([second.ticks, second.frames, second.rollbacks, second.dropped, second.predictionDepth], [31, 10, 1, 3, 2.5]);
    assert.deepEqual([second["pings.blue"], second["lost.blue"]], [4, -1]);
    const third = telemetry.line({ ...moment, peers: { stats: stats({ ticks: 61, advanced: 40, predicted: 55, rollbacks: 5 }), links: [] }, playing: { index: 1, droppedTicks: 1 } });
    assert.deepEqual([third.frames, third.dropped], [0, 1]);
    assert.ok(!("predictionDepth" in third) && !("pings.blue" in third));
  });

  test("leaves out what is not known yet", () => {
    const link = { ...LINK, rtt: 0, silentMs: Infinity, jitter: null, expected: 0, received: 0 };
    const peers = { stats: stats({}), links: [link] };
    const line = new Telemetry().line({ at: 5, episode: 0, t: 29, peers, playing: { index: 0, droppedTicks: 0 }, paths: [] });
    assert.deepEqual(Object.keys(line).filter((key) => key.endsWith("blue")), ["pings.blue", "lost.blue"]);
  });
});

test("a line a second is laid aside from the first step to the end, beside the steps of the episode", (context) => {
  context.mock.timers.enable({ apis: ["setInterval", "Date"], now: 1e12 });
  const row = { episode: 0, t: 0, actions: new Map(), rewards: new Map(), terminateds: new Map(), truncateds: new Map(), infos: new Map(), isFocused: new Map() };
  /** @type {any} */
  const game = { agents: ["red", "blue"], rows: [], episode: { index: 0, seed: 1, startedAt: 0, droppedTicks: 0 }, peers: { settled: 0, stats: stats({}), links: [LINK] } };
  /** @type {import("../../../templates/game/net/chunks.js").Chunk[]} */
  const kept = [];
  const collector = new Collector({
    site: /** @type {any} */ ({ players: { humans: ["red", "blue"] }, game: {} }),
    game,
    record: /** @type {any} */ ({ session: { episodes: [], focus: [] } }),
    place: () => ({ seat: 0, seats: 2, peers: PATHS }),
    keep: (chunks) => void kept.push(...chunks),
  });
  const lines = () => kept.filter(({ kind }) => kind === "telemetry").map(({ content }) => JSON.parse(content));
  context.mock.timers.tick(3000);
  assert.deepEqual(kept, [], "an episode that has no step yet is none that data tell of");
  game.rows = [row, { ...row, t: 1 }];
  game.peers.settled = 2;
  for (let second = 0; second < 2; second++) context.mock.timers.tick(1000);
  assert.deepEqual(lines().map(({ episode, at, t }) => [episode, at - 1e12, t]), [[0, 4000, 1], [0, 5000, 1]]);
  game.episode = { ...game.episode, index: 1 };
  game.rows = [];
  game.peers.settled = 0;
  context.mock.timers.tick(1000);
  assert.equal(lines()[2].episode, 0, "between two episodes, beside the first");
  collector.stop("left");
  collector.stop("left");
  context.mock.timers.tick(5000);
  assert.equal(lines().length, 4);
});
