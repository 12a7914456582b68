// The baseline: source text compiled for each op, in a worker or on the page's own thread.
//
// The field's closest peer does so: a frame of a rollback is hash, step with its picture, hash; each op is a text
// with JSON pasted into it. The texts stand in study/baseline/*.py.

const FRAMES = 10;
const TEXTS = ["setup", "set_state", "step", "compute_hash", "get_state"];

/**
 * Start stock Pyodide in this thread.
 * @param {any} init `{pyodide, archives, page}`
 * @returns {Promise<import("./measuring.js").Work>}
 */
export async function compiledPerOp({ pyodide, archives, page }) {
  /** @param {string} url */
  const absolute = (url) => new URL(url, page).href;
  const { loadPyodide } = await import(absolute(`${pyodide.base}pyodide.mjs`));
  const python = await loadPyodide({
    indexURL: absolute(pyodide.base),
    lockFileContents: pyodide.lock,
    packageBaseUrl: absolute(pyodide.wheelBase),
  });
  for (const { url } of archives) {
    python.unpackArchive(await (await fetch(absolute(url))).arrayBuffer(), "zip");
  }
  const texts = Object.fromEntries(
    TEXTS.map((name) => [name, python.FS.readFile(`baseline/${name}.py`, { encoding: "utf8" })]),
  );
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
  return {
    step: () => run("step", actions),
    rollback: async () => {
      await run("set_state", state);
      for (let frame = 0; frame < FRAMES; frame++) {
        await run("compute_hash");
        await run("step", actions);
        await run("compute_hash");
      }
      await run("get_state");
    },
  };
}
