// The mesh: how pages reach each other while paths break, fall silent, come back, or are replaced by the hub.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { ping, pong } from "../../../templates/game/net/checks.js";
import { World } from "./fake_peers.js";

/** @type {World} */
let world;

beforeEach(() => (world = new World()));
afterEach(() => world.end());

/** @param {import("./fake_peers.js").FakePage} page @param {number} from @param {number} to */
function say(page, from, to) {
  for (let i = from; i < to; i++) page.send("ctl", { i });
}

/** @param {number} count */
const upTo = (count) => Array.from({ length: count }, (_, i) => ({ i }));

test("while the path works, all of it is used and the hub is not asked for anything", async () => {
  const [one, two] = await world.play();
  say(one, 0, 3);
  assert.equal(one.mesh.isHeard, false);
  await world.pass(5000);
  assert.deepEqual(two.heard, upTo(3));
  assert.equal(one.mesh.isHeard, true);
  assert.ok(one.packets > 90 && two.packets > 90);
  assert.deepEqual([one.paths, two.paths, world.asked], [[], [], 0]);
  assert.deepEqual(one.mesh.paths, [{ seat: 1, path: "direct" }]);
});

test("a path that falls silent while ICE finds it whole is replaced by the hub, within the time for which silence is borne", async () => {
  const [one, two] = await world.play();
  world.net.broken = true;
  await world.pass(8000);
  for (const page of [one, two]) {
    assert.deepEqual([page.paths, page.relayed], [[true, false], 1]);
    const before = page.packets;
    await world.pass(1000);
    assert.ok(page.packets > before + 15);
    assert.deepEqual(page.mesh.paths, [{ seat: 1 - page.seat, path: "hub" }]);
  }
  assert.ok(world.net.connections.every(({ restarts }) => restarts >= 1), "another direct path was looked for");
});

test("every control message arrives once and in order, whatever the dying channel did with it", async () => {
  const [one, two] = await world.play();
  say(one, 0, 5);
  await world.pass(100);
  world.net.losesHeard = true;
  say(one, 5, 10); // these arrive, but nobody hears so
  say(two, 0, 5);
  await world.pass(100);
  world.net.broken = true;
  say(one, 10, 15);
  await world.pass(3000);
  say(two, 5, 10);
  await world.pass(7000);
  assert.deepEqual([one.relayed, two.relayed], [1, 1]);
  say(one, 15, 20);
  say(two, 10, 12);
  await world.pass(500);
  assert.deepEqual(two.heard, upTo(20));
  assert.deepEqual(one.heard, upTo(12));
});

test("a path that breaks in one direction alone is replaced for both", async () => {
  const [one, two] = await world.play();
  world.net.mute.add(world.net.connections[0]);
  await world.pass(8000);
  assert.deepEqual([one.relayed, two.relayed], [1, 1]);
  assert.deepEqual(one.paths, [], "this page heard the other all the time");
  assert.deepEqual(two.paths, [true, false]);
});

test("a path that ICE restores stays, and is not replaced", async () => {
  const [one, two] = await world.play();
  world.net.broken = true;
  world.net.mends = true;
  say(one, 0, 3);
  await world.pass(5000);
  say(one, 3, 5);
  await world.pass(10_000);
  for (const page of [one, two]) assert.deepEqual([page.paths, page.relayed], [[true, false], 0]);
  assert.deepEqual(two.heard, upTo(5));
  assert.ok(one.freshIce >= 1);
});

test("a frozen page is not a broken path: it answers through the hub neither", async () => {
  const [one, two] = await world.play();
  two.freeze();
  world.net.mute.add(world.net.connections[1]);
  await world.pass(25_000);
  assert.deepEqual([one.paths, one.relayed, world.asked], [[], 0, 0]);
  two.thaw();
  await world.pass(500); // its answer is faster than its packets
  world.net.mute.clear();
  await world.pass(5000);
  assert.deepEqual([one.paths, one.relayed, world.asked], [[], 0, 0]);
});

test("a page that ICE has lost and the hub too is looked for, and goes through the hub only once it is back there", async () => {
  const [one, two] = await world.play();
  two.isOnline = false;
  world.net.broken = true;
  await world.pass(5000);
  world.net.state("disconnected");
  await world.pass(15_000);
  assert.deepEqual([one.paths, world.asked], [[true], 0]);
  assert.ok(world.net.connections[0].restarts >= 2);
  two.isOnline = true;
  await world.pass(3000);
  assert.equal(world.asked, 0, "an ICE restart has its chance first");
  await world.pass(6000);
  assert.deepEqual([one.relayed, two.relayed], [1, 1]);
});

test("a page that answered and then went away is not replaced by the hub", async () => {
  const [one, two] = await world.play();
  world.net.broken = true;
  await world.pass(4500);
  assert.deepEqual(one.paths, [true]);
  two.isOnline = false;
  await world.pass(10_000);
  assert.equal(one.relayed + two.relayed + world.asked, 0);
});

test("channels that closed are not waited for", async () => {
  const [one, two] = await world.play();
  say(one, 0, 2);
  await world.pass(100);
  world.net.connections[0].close();
  say(two, 0, 2);
  await world.pass(1000);
  assert.deepEqual([one.relayed, two.relayed], [1, 1]);
  await world.pass(1000);
  assert.deepEqual([one.heard, two.heard], [upTo(2), upTo(2)]);
  assert.ok(world.net.connections.every(({ restarts }) => restarts === 0), "a restart opens no channel");
});

test("a page whose own clock stood still blames nobody", async () => {
  const [one, two] = await world.play();
  world.now += 60_000;
  world.net.broken = true; // packets need a moment longer than the hub
  await world.pass(1500);
  world.net.broken = false;
  await world.pass(5000);
  assert.deepEqual([one.paths, two.paths, world.asked], [[], [], 0]);
});

test("a seat that nobody plays at any more is not looked after", async () => {
  const [one] = await world.play();
  one.link.letGo(1);
  world.net.broken = true;
  world.net.state("failed");
  await world.pass(15_000);
  assert.deepEqual([one.paths, world.net.connections[0].restarts], [[], 0]);
});

test("where the hub carries no packets, a lost path is looked for and nothing else", async () => {
  world.hubRelay = false;
  const [one] = await world.play();
  world.net.broken = true;
  world.net.state("disconnected");
  await world.pass(20_000);
  assert.deepEqual([one.paths, world.asked, one.relayed], [[true], 0, 0]);
  assert.ok(world.net.connections[0].restarts >= 3);
});

test("through the hub, a path is lost while a page is not connected to it", async () => {
  const [one, two] = await world.play();
  world.askRelay(one);
  await world.pass(500);
  assert.deepEqual(one.paths, []);
  two.isOnline = false;
  one.mesh.online(1, false);
  say(one, 0, 2);
  await world.pass(5000);
  assert.deepEqual(one.paths, [true]);
  two.isOnline = true;
  one.mesh.online(1, true);
  await world.pass(3000);
  assert.deepEqual(one.paths, [true, false]);
  assert.deepEqual(two.heard, upTo(2));
});

test("a check tries both channels anew, there and back", async () => {
  const [one] = await world.play();
  let found = false;
  void one.link.check([1]).then(() => (found = true));
  await world.pass(50);
  assert.equal(found, true);
  assert.deepEqual(one.paths, []);
});

test("a check finds a path dead that nobody has missed yet, and has the hub put in its place", async () => {
  const [one, two] = await world.play();
  world.net.broken = true;
  let ended = 0;
  for (const page of [one, two]) void page.link.check([1 - page.seat]).then(() => ended++);
  say(one, 0, 1);
  await world.pass(2500);
  assert.equal(ended, 0);
  await world.pass(6500);
  assert.equal(ended, 2);
  assert.deepEqual([one.relayed, two.relayed, two.heard], [1, 1, upTo(1)]);
  void one.link.check([1]).then(() => ended++);
  await world.pass(500);
  assert.equal(ended, 3, "the way through the hub can be checked too");
});

test("a check hangs on nobody", async () => {
  const [one, two] = await world.play();
  world.net.broken = true;
  two.isOnline = false;
  let ended = false;
  void one.link.check([1]).then(() => (ended = true));
  await world.pass(11_000);
  assert.deepEqual([ended, one.paths], [false, [true]]);
  await world.pass(1500);
  assert.equal(ended, true);
});

test("answers to an earlier check do not count for a later one", async () => {
  const [one] = await world.play();
  for (const label of ["ctl", "inp"]) {
    const channel = world.net.connections[1].channels.get(label);
    void one.link.check([1]);
    await world.pass(200);
    channel?.send(label === "ctl" ? '{"net":"checked","round":1}' : pong(ping(world.now - 500)));
    world.net.held = label; // the other channel answers
    let ended = false;
    void one.link.check([1]).then(() => (ended = true));
    await world.pass(2000);
    assert.equal(ended, false, label);
    world.net.held = "";
    await world.pass(5000);
    assert.equal(ended, true, label);
  }
});

test("a page says why it goes after all that it has said, through the hub too", async () => {
  const [one, two] = await world.play();
  world.askRelay(one);
  one.mesh.bye("away");
  await world.pass(500);
  assert.deepEqual(two.byes, [{ reason: "away" }]);
  assert.deepEqual(two.heard, []);
  assert.equal(one.mesh.isHeard, true);
});
