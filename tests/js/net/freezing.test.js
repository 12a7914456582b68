import assert from "node:assert/strict";
import test from "node:test";
import { freezesHiddenPages } from "../../../templates/game/net/freezing.js";

const MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15";

test("browsers of phones and tablets freeze hidden pages, an iPad's too, which says that it is a Mac's", () => {
  const of = (/** @type {string} */ userAgent, maxTouchPoints = 0) => freezesHiddenPages({ userAgent, maxTouchPoints });
  assert.equal(of("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36", 5), true);
  assert.equal(of("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1", 5), true);
  assert.equal(of(MAC, 5), true);
  assert.equal(of(MAC), false);
  assert.equal(of("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36", 10), false, "a laptop with a touch screen");
});
