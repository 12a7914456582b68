// The meeting: from the waiting room to the game, and what the hub's coming and going does to pairs that it carries.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Meeting } from "../../../templates/game/net/meeting.js";
import { FakeHub } from "./fake_hub.js";
import { FakeNet } from "./fake_peers.js";

const SEAT = { session: "s", seat: 0, seats: 2, tag: 7, seed: 8, token: "seat", ice: {}, hub_relay: true };

/** @type {FakeHub} */
let hub;
/** @type {Meeting} */
let meeting;
/** @type {FakeNet} */
let net;
let now = 0;
/** @type {string[]} */
let shown = [];
/** @type {boolean[]} */
let paths = [];
/** @type {any} */
let match = null;
/** @type {any} */
let refused = null;

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  now = 1000;
  net = new FakeNet(); // nobody is at the other end
  meet(net.Connection);
});

/** @param {typeof RTCPeerConnection} [Connection] the browser's */
function meet(Connection) {
  [shown, paths, match, refused] = [[], [], null, null];
  hub = new FakeHub();
  const note = (/** @type {string} */ what) => () => void shown.push(what);
  meeting = new Meeting({
    hub: /** @type {any} */ (hub),
    who: { experiment: "e", participant: "p", site: "x", attributes: {} },
    people: { probe: false, attributes: [], connectMs: 1000, focusMs: null, messages: { partnerLeft: "left", waitTimeout: "nobody", focusTimeout: "", partnerFocusTimeout: "" } },
    screens: { waitingRoom: note("room"), connecting: note("connecting"), notice() {} },
    now: () => now,
    Connection,
  });
  meeting.onPath = (_seat, lost) => paths.push(lost);
  meeting.onRelayed = (seat) => void shown.push(`relayed ${seat}`);
  meeting.meet().then(
    (found) => (match = found),
    (error) => (refused = error),
  );
}

afterEach(() => {
  meeting.leave();
  mock.timers.reset();
});

/** @param {number} ms */
async function pass(ms) {
  for (const until = now + ms; now < until; ) {
    now += 10;
    mock.timers.tick(10);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Come to play; there is no direct path. @param {object} [seat] */
async function play(seat) {
  hub.tell("matched", { ...SEAT, ...seat });
  hub.tell("validating", { session: "s" });
  await pass(1500);
  hub.tell("playing", { session: "s", via_hub: [[0, 1]] });
  await pass(100);
}

test("who waits is matched, finds no path, and plays through the hub", async () => {
  await pass(100);
  assert.deepEqual(shown, ["room"]);
  await play();
  assert.deepEqual(shown, ["room", "connecting"], "what is so from the beginning is no news");
  assert.deepEqual(hub.asked.filter(({ event }) => event !== "signal").map(({ event }) => event), ["join", "accept", "relay", "ready"]);
  assert.deepEqual(hub.all("relay"), [{ session: "s", peer: 1 }]);
  assert.deepEqual([match.me, match.tag, match.seed], [0, 7, 8]);
  assert.deepEqual(meeting.mesh?.paths, [{ seat: 1, path: "hub" }]);
  match.link.send(1, "inp", new Uint8Array([0xb7]));
  assert.equal(hub.inputs.length, 1);
});

test("where the hub carries no packets, a pair without a path does not begin", async () => {
  await play({ hub_relay: false });
  assert.deepEqual([hub.all("relay"), hub.all("fail")], [[], [{ session: "s", reason: "no_path", peer: 1 }]]);
});

test("a pair that the other page had relayed in the middle of the game goes through the hub here too, and people are told", async () => {
  hub.tell("matched", SEAT);
  await pass(10);
  hub.tell("playing", { session: "s", via_hub: [] });
  await pass(10);
  hub.tell("relayed", { session: "another", pair: [0, 1] });
  assert.deepEqual(meeting.mesh?.viaHub, []);
  hub.tell("relayed", { session: "s", pair: [0, 1] });
  assert.deepEqual([meeting.mesh?.viaHub, shown.at(-1)], [[1], "relayed 1"]);
});

test("what was relayed while this page was not connected is learnt with the seat", async () => {
  hub.tell("matched", SEAT);
  await pass(10);
  hub.tell("playing", { session: "s", via_hub: [] });
  await pass(10);
  hub.connected = false;
  hub.tell("disconnect");
  hub.answers.rejoin = { via_hub: [[0, 1]], online: [0, 1] };
  hub.connected = true;
  hub.tell("connect");
  await pass(10);
  assert.deepEqual(hub.all("rejoin"), [{ token: "seat", phase: "playing" }]);
  assert.deepEqual([meeting.mesh?.viaHub, hub.all("relay"), shown.at(-1)], [[1], [], "relayed 1"]);
});

test("a hub that was restarted is told again what it has to carry", async () => {
  await play();
  hub.answers.rejoin = { via_hub: [], online: [0] };
  hub.tell("disconnect");
  hub.tell("connect");
  await pass(10);
  assert.deepEqual(hub.all("relay"), [{ session: "s", peer: 1 }, { session: "s", peer: 1 }]);
});

test("a pair that the hub carries is lost while either page is not connected to it", async () => {
  await play();
  const hear = () => hub.tell("input", 1, new Uint8Array([0xb7]).buffer);
  hub.answers.rejoin = { via_hub: [[0, 1]], online: [0] };
  hub.tell("disconnect");
  await pass(500);
  assert.deepEqual(paths, [true]);
  hub.tell("connect");
  hear(); // of before
  await pass(500);
  assert.deepEqual(paths, [true], "the other is not there yet");
  hub.tell("peer_online", { session: "s", seat: 1 });
  hear();
  await pass(500);
  assert.deepEqual(paths, [true, false]);
  hub.tell("peer_offline", { session: "s", seat: 1 });
  await pass(500);
  hub.tell("peer_online", { session: "s", seat: 1 });
  hear();
  await pass(500);
  assert.deepEqual(paths, [true, false, true, false]);
});

test("the session is finished once the other page has heard the game's last words, or after a time", async () => {
  await play();
  match.link.send(1, "ctl", { t: "EP_END" });
  void meeting.finish("completed");
  await pass(3000);
  assert.deepEqual(hub.all("finish"), []);
  for (const { to, seq } of hub.all("signal")) hub.tell("signal_ack", { session: "s", from: to, seq });
  await pass(500);
  assert.deepEqual(hub.all("finish"), [{ session: "s", reason: "completed" }]);
});

test("a page that is done still hears the others' last words, and then has nothing open any more", async () => {
  hub.tell("matched", SEAT);
  hub.tell("playing", { session: "s", via_hub: [] });
  await pass(100);
  void meeting.finish("completed");
  await pass(20_000);
  hub.tell("signal", { session: "s", from: 1, seq: 0, data: "{}" });
  assert.equal(hub.all("signal_ack").length, 1);
  assert.equal(net.connections[0].connectionState, "new");
  await pass(21_000);
  assert.deepEqual([hub.connected, net.connections[0].connectionState], [false, "closed"]);
});

test("nobody keeps a page from finishing for ever", async () => {
  await play();
  match.link.send(1, "ctl", { t: "GOODBYE" });
  void meeting.finish("halted");
  await pass(11_000);
  assert.equal(hub.all("finish").length, 1);
});

test("who waits too long is told so", async () => {
  hub.tell("wait_ended", { reason: "timeout" });
  await pass(10);
  assert.deepEqual([refused?.reason, refused?.message, hub.said], ["nobody_came", "nobody", ["leave"]]);
});

test("a refusal that ends the wait is told in a sentence", async () => {
  hub.answers.join = "full";
  hub.tell("connect");
  await pass(10);
  assert.equal(refused?.reason, "full");
});

test("a page that fails before play leaves its place to others, and has nothing open any more", async () => {
  hub.tell("matched", SEAT);
  hub.tell("validating", { session: "s" });
  await pass(100);
  void meeting.finish("failed");
  await pass(2000);
  assert.deepEqual([hub.said, hub.connected, hub.all("ready")], [["leave"], false, []]);
});

test("a browser that makes no connections plays through the hub at once", async () => {
  meeting.leave();
  meet();
  hub.tell("matched", SEAT);
  hub.tell("validating", { session: "s" });
  await pass(50);
  assert.deepEqual(hub.asked.map(({ event }) => event), ["join", "accept", "relay", "ready"]);
  hub.tell("playing", { session: "s", via_hub: [[0, 1]] });
  await pass(50);
  match.link.send(1, "inp", new Uint8Array([0xb7]));
  match.link.send(1, "ctl", { t: "READY" });
  assert.deepEqual([hub.inputs.length, hub.all("signal").map(({ data }) => JSON.parse(data))], [1, [{ ctl: { n: 0, data: { t: "READY" } } }]]);
});

test("a browser that makes no connections is refused in a sentence where nothing else would do", async () => {
  for (const [event, data] of Object.entries({ matched: { ...SEAT, hub_relay: false }, probe: { session: "s", seat: 0, seats: 2, ice: {} } })) {
    meeting.leave();
    meet();
    hub.tell(event, data);
    await pass(10);
    assert.deepEqual([refused?.reason, hub.said], ["unsupported", ["leave"]]);
  }
});

test("a hub that was slow to answer is asked again on a new connection, and nobody who waits there is sent away", async () => {
  hub.stalls = true;
  hub.tell("connect");
  await pass(7000);
  hub.stalls = false;
  await pass(30_000);
  assert.equal(hub.all("join").length, 3, "once more than was asked above");
  assert.deepEqual([refused, meeting.state, shown], [null, "waiting", ["room", "room"]]);
});

test("who is told to play by a hub that does not answer is not sent away either", async () => {
  hub.stalls = true;
  hub.tell("connect");
  await pass(7000);
  hub.tell("matched", SEAT);
  hub.tell("validating", { session: "s" });
  await pass(20_000);
  assert.equal(refused, null);
});

test("a hub that answers nobody cannot be reached, however often it takes a connection", async () => {
  hub.stalls = true;
  hub.tell("connect");
  await pass(15_100);
  assert.equal(refused?.reason, "unreachable");
});

test("a seat is asked for again where the answer never came in the middle of the game", async () => {
  await play();
  hub.stalls = true;
  hub.tell("disconnect");
  hub.tell("connect");
  await pass(7000);
  hub.stalls = false;
  hub.answers.rejoin = { via_hub: [[0, 1]], online: [0, 1] };
  await pass(2000);
  assert.equal(hub.all("rejoin").length, 2);
  assert.deepEqual([paths, meeting.state], [[true], "playing"], "as far as this end knows");
  hub.tell("input", 1, new Uint8Array([0xb7]).buffer);
  await pass(500);
  assert.deepEqual(paths, [true, false]);
});
