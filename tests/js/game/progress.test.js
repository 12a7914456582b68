import assert from "node:assert/strict";
import test from "node:test";
import { LoadProgress, totalBytes } from "../../../templates/game/progress.js";

test("the bar only grows and ends full", () => {
  const progress = new LoadProgress(100);
  /** @type {number[]} */
  const seen = [];
  const note = () => void seen.push(progress.now.fraction);
  progress.hear({ stage: "python" });
  note();
  for (const loaded of [10, 60, 60, 100]) {
    progress.hear({ stage: "download", loaded, total: 100 });
    note();
  }
  progress.hear({ stage: "download", loaded: 100, total: 150 }); // a package nobody announced
  note();
  for (const stage of /** @type {const} */ (["packages", "environment", "ready"])) {
    progress.enter(stage);
    note();
  }
  assert.deepEqual(seen, [...seen].sort((a, b) => a - b));
  assert.equal(seen.at(0), 0);
  assert.equal(seen.at(-1), 1);
});

test("bytes of the worker and of assets count together", () => {
  const progress = new LoadProgress(4_000_000);
  progress.hear({ stage: "download", loaded: 1_000_000, total: 2_000_000 });
  progress.assets(500_000);
  assert.equal(progress.now.bytes, "1.5 of 4.0 MB");
  assert.equal(progress.now.text, "Downloading");
});

test("when all bytes are there the words go on to Python, and never back", () => {
  const progress = new LoadProgress(10);
  progress.hear({ stage: "python" });
  progress.hear({ stage: "download", loaded: 10, total: 10 });
  progress.hear({ stage: "python" });
  assert.equal(progress.now.text, "Starting Python");
  progress.enter("environment");
  progress.hear({ stage: "download", loaded: 10, total: 10 });
  assert.equal(progress.now.text, "Preparing the game");
});

test("every file that a site names is counted, and nothing of the experiment's own", () => {
  const site = /** @type {any} */ ({
    assets: { images: [{ size: 1 }], atlases: [{ size: 2 }] },
    worker: {
      pyodide: { files: { a: { size: 4 } }, lock: { info: {}, packages: { p: { tool: { igbuild: { size: 8 } } } } } },
      archives: [{ size: 16 }],
      environment: { kwargs: { size: 1000 } },
    },
  });
  assert.equal(totalBytes(site), 31);
});
