import assert from "node:assert/strict";
import test from "node:test";
import { fit, fitPixels } from "../../../templates/game/render/fit.js";

const BOX = { width: 600, height: 400 };
const ROOMY = { width: 2000, height: 1000 };

test("a picture has its own size where there is room, in all device pixels", () => {
  assert.deepEqual(fit(BOX, BOX, ROOMY, 1), { css: BOX, device: BOX });
  assert.deepEqual(fit(BOX, BOX, ROOMY, 2), { css: BOX, device: { width: 1200, height: 800 } });
});

test("a small window shrinks it undistorted", () => {
  const { css } = fit(BOX, BOX, { width: 300, height: 400 }, 1);
  assert.deepEqual(css, { width: 300, height: 200 });
});

test("a surface of another shape stands within the box", () => {
  assert.deepEqual(fit({ width: 100, height: 100 }, BOX, ROOMY, 1).css, { width: 400, height: 400 });
});

test("CSS size and device pixels always agree, or the browser would blur the picture", () => {
  for (const ratio of [1, 1.25, 1.5, 2, 2.625, 3]) {
    for (const width of [211, 333, 600]) {
      const { css, device } = fit(BOX, BOX, { width, height: 500 }, ratio);
      assert.ok(Number.isInteger(device.width) && Number.isInteger(device.height));
      assert.ok(Math.abs(css.width * ratio - device.width) < 1e-9);
      assert.ok(css.width <= width + 1);
    }
  }
});

test("frames are enlarged by whole numbers of device pixels", () => {
  const frame = { width: 96, height: 64 };
  const { device, css, crisp } = fitPixels(frame, BOX, ROOMY, 1.5);
  assert.deepEqual(device, { width: 864, height: 576 });
  assert.deepEqual(css, { width: 576, height: 384 });
  assert.equal(crisp, true);
});

test("frames shown pixel for pixel are crisp, those in between are smooth", () => {
  assert.equal(fitPixels(BOX, BOX, ROOMY, 1).crisp, true);
  assert.equal(fitPixels(BOX, BOX, ROOMY, 1.5).crisp, false);
  assert.equal(fitPixels({ width: 1200, height: 800 }, BOX, ROOMY, 1).crisp, false);
});

test("no room at all is still a canvas", () => {
  const { device } = fit(BOX, BOX, { width: 0, height: 0 }, 1);
  assert.ok(device.width >= 1 && device.height >= 1);
});
