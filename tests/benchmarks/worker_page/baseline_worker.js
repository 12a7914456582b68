// The baseline: a worker that compiles source text for each op, hashes a frame twice and renders every step.
// The design is that of facts about the field's closest peer; its Python stands in study/baseline/*.py.
import { times } from "./ops.js";

const FRAMES = 10;

/** @param {any} data */
async function measure(data) {
  const { base, archives, page } = data.init;
  const { loadPyodide } = await import(new URL(`${base}pyodide.mjs`, page).href);
  const python = await loadPyodide({ indexURL: new URL(base, page).href });
  for (const { url } of archives) {
    python.unpackArchive(await (await fetch(new URL(url, page))).arrayBuffer(), "zip", { extractDir: "/home/pyodide" });
  }
  /** @param {string} name */
  const source = (name) => python.FS.readFile(`/home/pyodide/baseline/${name}.py`, { encoding: "utf8" });
  const texts = Object.fromEntries(["setup", "set_state", "step", "compute_hash", "get_state"].map((name) => [name, source(name)]));

  /**
   * @param {string} name
   * @param {string} [argument] pasted into the source text
   */
  const run = async (name, argument = "") => {
    const result = await python.runPythonAsync(texts[name].replace("ARGUMENT", () => argument));
    if (!(result instanceof python.ffi.PyProxy)) return result;
    const plain = result.toJs({ dict_converter: Object.fromEntries });
    result.destroy();
    return plain;
  };
  await run("setup");
  const state = await run("get_state");
  const actions = JSON.stringify({ 0: 1, 1: 0 });
  const rollback = async () => {
    await run("set_state", state);
    for (let frame = 0; frame < FRAMES; frame++) {
      await run("compute_hash");
      await run("step", actions);
      await run("compute_hash");
    }
    return run("get_state");
  };
  return { rollback: await times(60, rollback), compiled: FRAMES * 3 + 2 };
}

self.onmessage = ({ data }) =>
  measure(data).then(
    (found) => self.postMessage(found),
    (error) => self.postMessage({ failed: `${error.stack}` }),
  );
