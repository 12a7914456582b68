// Loads the session's modules from a patched copy: mutants without a switch in the session.
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** @typedef {import("./rollback.js").Rollback} Rollback */

/**
 * Replaces a piece of a module's text, which must occur in it exactly once.
 *
 * @typedef {{module: string, find: string, put: string}} Patch
 */

const SOURCE = new URL("../../../../templates/game/rollback/", import.meta.url);
const BARREL = new URL("rollback.js", import.meta.url);

/**
 * What a production build leaves out.
 *
 * @param {string} text of a module
 * @returns {string}
 */
export function withoutInvariants(text) {
  return text.replaceAll(/^ *\/\/% if dev\n[^]*?^ *\/\/% endif\n/gm, "");
}

/**
 * @param {string} text
 * @param {Patch} patch
 * @returns {string}
 */
export function applyPatch(text, { module, find, put }) {
  if (text.split(find).length !== 2) throw new Error(`The patch does not apply: ${JSON.stringify(find)} is not in ${module} exactly once.`);
  return text.replace(find, () => put);
}

/**
 * @param {readonly Patch[]} patches
 * @param {{invariants?: boolean}} [options] keep the debug assertions; without, only the oracle judges
 * @returns {Promise<Rollback>}
 */
export async function loadRollback(patches, { invariants = false } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "rollback-"));
  try {
    for (const name of await readdir(SOURCE)) {
      if (!name.endsWith(".js")) continue;
      let text = await readFile(new URL(name, SOURCE), "utf8");
      for (const patch of patches.filter(({ module }) => module === name)) text = applyPatch(text, patch);
      await writeFile(join(folder, name), invariants ? text : withoutInvariants(text));
    }
    const barrel = (await readFile(BARREL, "utf8")).replaceAll("../../../../templates/game/rollback/", "./");
    await writeFile(join(folder, "patched_rollback.js"), barrel);
    await writeFile(join(folder, "package.json"), '{"type": "module"}');
    return await import(pathToFileURL(join(folder, "patched_rollback.js")).href);
  } finally {
    await rm(folder, { recursive: true });
  }
}
