import assert from "node:assert/strict";
import test from "node:test";
import { followPage } from "../../../templates/game/page_life.js";

/** @param {{phase?: string, saysGoodbye?: boolean}} [options] */
function page({ phase = "waiting", saysGoodbye = true } = {}) {
  const seen = { changes: 0, reloads: 0 };
  const [window, document] = [new EventTarget(), new EventTarget()];
  const game = /** @type {any} */ ({ phase, visibilityChanged: () => seen.changes++ });
  followPage(game, { window, document, reload: () => seen.reloads++ }, saysGoodbye);
  /** @param {boolean} persisted */
  const leaveAndReturn = (persisted) => {
    window.dispatchEvent(new Event("pagehide"));
    document.dispatchEvent(new Event("visibilitychange"));
    window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted }));
  };
  return { seen, document, leaveAndReturn };
}

test("a page that has said goodbye and is come back to begins anew", () => {
  const { seen, leaveAndReturn } = page();
  leaveAndReturn(false);
  assert.equal(seen.reloads, 0);
  leaveAndReturn(true);
  assert.equal(seen.reloads, 1);
});

test("a page that told nobody goes on, and so does a last page with its code", () => {
  for (const options of [{ saysGoodbye: false }, { phase: "end" }, { phase: "error" }]) {
    const { seen, leaveAndReturn } = page(options);
    leaveAndReturn(true);
    assert.equal(seen.reloads, 0);
  }
});

test("the game hears that its page is hidden, but not that it is left", () => {
  const { seen, document, leaveAndReturn } = page();
  leaveAndReturn(true);
  assert.equal(seen.changes, 0);
  document.dispatchEvent(new Event("visibilitychange"));
  assert.equal(seen.changes, 1);
});
