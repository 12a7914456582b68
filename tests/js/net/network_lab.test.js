// The network lab: what a bad link does to packets, and that it does the same again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { NetworkLab } from "../../../templates/game/net/network_lab.js";

/** A lab whose time the test moves. @param {number} seed */
function laboratory(seed) {
  let time = 0;
  /** @type {{at: number, then: () => void}[]} */
  let due = [];
  const lab = new NetworkLab(seed, { now: () => time, later: (ms, then) => void due.push({ at: time + ms, then }) });
  /** @param {number} ms */
  const pass = (ms) => {
    const until = time + ms;
    for (;;) {
      const next = due.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      due = due.filter((entry) => entry !== next);
      time = next.at;
      next.then();
    }
    time = until;
  };
  return { lab, pass, now: () => time };
}

/** @param {number} seed */
function sendHundred(seed) {
  const { lab, pass, now } = laboratory(seed);
  lab.shape({ latency: 80, jitter: 40, loss: 0.1 });
  const send = lab.link(1);
  /** @type {[number, number][]} */
  const arrived = [];
  for (let i = 0; i < 100; i++) {
    send("inp", () => arrived.push([i, now()]));
    pass(10);
  }
  pass(1000);
  return { arrived, links: lab.links() };
}

test("a clean link passes everything at once", () => {
  const { lab } = laboratory(1);
  let passed = 0;
  lab.link(1)("inp", () => passed++);
  lab.link(1)("ctl", () => passed++);
  assert.equal(passed, 2);
});

test("packets are late, lost and reordered as asked, and alike for the same seed", () => {
  const { arrived, links } = sendHundred(7);
  const [{ passed, seat }] = links;
  assert.equal(seat, 1);
  assert.equal(passed.sent, 100);
  assert.equal(passed.lost + passed.delivered, 100);
  assert.ok(passed.lost >= 3 && passed.lost <= 20, String(passed.lost));
  const delays = arrived.map(([i, at]) => at - 10 * i);
  assert.ok(Math.min(...delays) >= 40 && Math.max(...delays) <= 120);
  assert.ok(Math.max(...delays) - Math.min(...delays) > 50);
  assert.ok(arrived.some(([i], place) => place > 0 && arrived[place - 1][0] > i), "some overtake others");
  assert.deepEqual(sendHundred(7), { arrived, links });
  assert.notDeepEqual(sendHundred(8).arrived, arrived);
});

test("what the reliable channel carries comes late, but whole and in order", () => {
  const { lab, pass, now } = laboratory(3);
  lab.shape({ latency: 50, jitter: 40, loss: 0.3 });
  const send = lab.link(2);
  /** @type {number[]} */
  const arrived = [];
  let latest = 0;
  for (let i = 0; i < 50; i++) {
    send("ctl", () => {
      arrived.push(i);
      latest = now();
    });
    pass(5);
  }
  pass(20_000);
  assert.deepEqual(arrived, [...Array(50).keys()]);
  assert.ok(latest > 400, "losses cost time");
});

test("where everything is lost the reliable channel waits, and goes on as soon as something gets through", () => {
  const { lab, pass } = laboratory(1);
  lab.shape({ loss: 1 });
  const send = lab.link(1);
  /** @type {string[]} */
  const arrived = [];
  send("inp", () => arrived.push("packet"));
  send("ctl", () => arrived.push("first"));
  send("ctl", () => arrived.push("second"));
  pass(30_000);
  assert.deepEqual(arrived, []);
  lab.shape({ loss: 0 });
  pass(200);
  assert.deepEqual(arrived, ["first", "second"]);
});

test("a frozen link holds everything, what was under way too, and lets it go at once", () => {
  const { lab, pass } = laboratory(1);
  lab.shape({ latency: 30 });
  const send = lab.link(1);
  /** @type {string[]} */
  const arrived = [];
  send("inp", () => arrived.push("under way"));
  lab.shape({ frozen: true });
  send("ctl", () => arrived.push("control"));
  pass(500);
  assert.deepEqual(arrived, []);
  lab.shape({ frozen: false });
  assert.deepEqual(arrived, ["under way", "control"]);
});

test("one link can be shaped apart, and a later one is like all", () => {
  const { lab } = laboratory(1);
  lab.link(1);
  lab.shape({ loss: 1 });
  lab.shape({ loss: 0 }, 1);
  lab.link(2);
  assert.deepEqual(lab.links().map(({ quality }) => quality.loss), [0, 1]);
});
