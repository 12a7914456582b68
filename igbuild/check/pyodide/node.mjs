// `node node.mjs STAGE JOB ANSWER`: answer the request of one file in another, with the files of a stage.
import { readFile, writeFile } from "node:fs/promises";
import { join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { answer } from "./start.mjs";

const [stage, job, target] = process.argv.slice(2);

/** @type {import("./start.mjs").Host} */
const host = {
  // Pyodide does not take a Buffer for an array.
  read: async (path) => new Uint8Array(await readFile(join(stage, path))),
  module: (path) => pathToFileURL(join(stage, path)).href,
  folder: (path) => join(stage, path, sep),
  say: (text) => process.stderr.write(`${text}\n`),
};

try {
  await writeFile(target, await answer(JSON.parse(await readFile(job, "utf8")), host));
} catch (error) {
  // Printed whole, an error of Pyodide shows the line it came from: a megabyte of minified code.
  process.stderr.write(`${/** @type {Error} */ (error).message}\n`);
  process.exitCode = 1;
}
