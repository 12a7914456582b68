// The links of the development page, and how the pages hear of them.
import assert from "node:assert/strict";
import test from "node:test";
import { asShaped, CLEAN, Links, PRESETS } from "../../../templates/dev/links.js";
import { Shaping } from "../../../templates/dev/shaping.js";

/** @param {string} label */
const preset = (label) => /** @type {import("../../../templates/dev/links.js").Preset} */ (PRESETS.find((each) => each.label === label));

/** A lab that notes what it is told. */
const noting = () => {
  /** @type {[number | null, Partial<import("../../../templates/game/net/network_lab.js").Quality>][]} */
  const told = [];
  return { told, shape: (/** @type {any} */ quality, /** @type {number | null} */ seat = null) => void told.push([seat, quality]) };
};

test("every ordered pair is a link of its own, clean at first", () => {
  const links = new Links(3);
  assert.equal(links.pairs.length, 6);
  links.shape({ latency: 70 }, 0, 2);
  assert.equal(links.of(0, 2).latency, 70);
  assert.deepEqual(links.of(2, 0), CLEAN);
  assert.throws(() => links.of(1, 1), RangeError);
});

test("numbers are brought within their bounds", () => {
  const links = new Links(2);
  links.shape({ latency: 9999, jitter: -3, loss: NaN }, 0, 1);
  assert.deepEqual(links.of(0, 1), { ...CLEAN, latency: 500 });
});

test("presets set every link anew, some by direction", () => {
  const links = new Links(3);
  links.shape({ cut: true }, 0, 1);
  links.take(preset("Asymmetric"));
  assert.deepEqual([links.of(0, 2).latency, links.of(2, 0).latency, links.of(0, 1).cut], [50, 200, false]);
  links.take(preset("WAN"));
  assert.deepEqual(links.of(1, 0), { ...CLEAN, latency: 80, jitter: 40, loss: 10 });
  links.take(preset("Reset"));
  assert.deepEqual(links.of(1, 0), CLEAN);
});

test("the lab takes loss as a part of one, and a cut as all of it", () => {
  assert.deepEqual(asShaped({ ...CLEAN, latency: 5, loss: 10 }), { latency: 5, jitter: 0, loss: 0.1, frozen: false });
  assert.equal(asShaped({ ...CLEAN, cut: true }).loss, 1);
});

test("a page is told once, and a page that was loaded anew is told again", () => {
  const links = new Links(2);
  const shaping = new Shaping(links);
  const [one, two] = [noting(), noting()];
  links.shape({ latency: 100 }, 0, 1);
  for (let i = 0; i < 3; i++) shaping.apply([{ lab: one, seat: null }, { lab: two, seat: null }]);
  assert.deepEqual(one.told.map(([seat, { latency }]) => [seat, latency]), [[null, 100]], "before the seats are known, as it is all alike");
  const again = noting();
  shaping.apply([{ lab: again, seat: 1 }, { lab: two, seat: 0 }]);
  assert.equal(again.told[0][1].latency, 100);
  shaping.apply([{ lab: null, seat: null }, { lab: two, seat: 0 }]);
  assert.equal(two.told.length, 1);
});

test("links that differ are told by seat, whoever sits where", () => {
  const links = new Links(3);
  const shaping = new Shaping(links);
  const labs = [noting(), noting(), noting()];
  const pages = (/** @type {(number | null)[]} */ seats) => labs.map((lab, i) => ({ lab, seat: seats[i] }));
  links.shape({ latency: 40 }, 0, 1);
  shaping.apply(pages([null, null, null]));
  assert.equal(labs[0].told.length, 0, "nobody knows yet who is meant");
  shaping.apply(pages([2, 0, 1]));
  assert.deepEqual(labs[0].told.map(([seat, { latency }]) => [seat, latency]), [[0, 40], [1, 0]]);
  links.shape({ latency: 0 }, 0, 1);
  shaping.apply(pages([2, 0, 1]));
  assert.deepEqual(labs[0].told.at(-1)?.[0], null);
  assert.equal(labs[0].told.at(-1)?.[1].latency, 0);
  links.shape({ frozen: true }, 0, 2);
  shaping.apply(pages([2, 0, 1]));
  assert.deepEqual(labs[0].told.slice(-2).map(([seat, { frozen }]) => [seat, frozen]), [[0, false], [1, true]]);
});
