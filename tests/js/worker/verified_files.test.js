// Downloads: right bytes come once, wrong ones never, and progress counts bytes.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { VerifiedFiles } from "../../../templates/worker/verified_files.js";

const bytes = new Uint8Array(100_000).map((_, i) => i % 251);
const sha256 = createHash("sha256").update(bytes).digest("hex");
const file = { url: "http://site/wheels/some%20thing.whl", sha256, size: bytes.length };

/**
 * @param {() => Response | Promise<Response>} answer
 */
function filesWith(answer) {
  /** @type {{name: string, loaded: number, total: number}[]} */
  const progress = [];
  let fetched = 0;
  const fetcher = /** @type {typeof fetch} */ (
    async () => {
      fetched += 1;
      return answer();
    }
  );
  const files = new VerifiedFiles((event) => progress.push(event), fetcher);
  return { files, progress, count: () => fetched };
}

/** A body that comes in pieces. */
const pieces = () =>
  new Response(
    new ReadableStream({
      start(controller) {
        for (let at = 0; at < bytes.length; at += 9_999) controller.enqueue(bytes.slice(at, at + 9_999));
        controller.close();
      },
    }),
  );

test("the pinned bytes come, once for all who ask, with progress to the last byte", async () => {
  const { files, progress, count } = filesWith(pieces);
  const [first, second] = await Promise.all([files.get(file), files.get(file)]);
  assert.deepEqual(first, bytes);
  assert.equal(second, first);
  assert.equal(count(), 1);
  assert.deepEqual(progress.at(-1), { name: "some thing.whl", loaded: 100_000, total: 100_000 });
  assert.ok(progress.length > 10);
});

test("a size that was not known, or was wrong, changes nothing about the bytes", async () => {
  const { files } = filesWith(pieces);
  assert.deepEqual(await files.get({ ...file, size: 0 }), bytes);
});

test("altered bytes are an integrity error that tells the sizes", async () => {
  const { files } = filesWith(() => new Response(bytes.slice(1)));
  await assert.rejects(files.get(file), { name: "IntegrityError", message: /some thing\.whl.*99999 bytes instead of 100000/ });
});

test("a missing file tells its status and address", async () => {
  const { files } = filesWith(() => new Response("no", { status: 404 }));
  await assert.rejects(files.get(file), { name: "WorkerLoadError", message: /HTTP 404 \(http:\/\/site\/wheels/ });
});

test("a server that is not there, and one that breaks off, are load errors", async () => {
  const gone = filesWith(() => Promise.reject(new TypeError("Failed to fetch")));
  await assert.rejects(gone.files.get(file), { name: "WorkerLoadError", message: /could not be fetched: Failed to fetch/ });
  const cut = filesWith(
    () => new Response(new ReadableStream({ pull: (controller) => controller.error(new TypeError("network error")) })),
  );
  await assert.rejects(cut.files.get(file), { name: "WorkerLoadError", message: /broke off: network error/ });
});

test("after a failure the file can be asked for again", async () => {
  let broken = true;
  const { files } = filesWith(() => (broken ? new Response("", { status: 500 }) : pieces()));
  await assert.rejects(files.get(file));
  broken = false;
  assert.deepEqual(await files.get(file), bytes);
});

test("without crypto.subtle the browser's own integrity check is asked for", async (t) => {
  t.mock.getter(globalThis, "crypto", () => ({}));
  /** @type {RequestInit[]} */
  const asked = [];
  const fetcher = /** @type {typeof fetch} */ (
    async (_url, options) => {
      asked.push(options ?? {});
      return pieces();
    }
  );
  await new VerifiedFiles(() => {}, fetcher).get(file);
  const base64 = createHash("sha256").update(bytes).digest("base64");
  assert.deepEqual(asked, [{ integrity: `sha256-${base64}` }]);
});
