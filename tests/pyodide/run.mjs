// Runs a Python file in Pyodide under Node: `node run.mjs PYODIDE_FOLDER ROOT SCRIPT`. What it prints is the result.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { pathToFileURL } from "node:url";

const [folder, root, script] = argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(join(folder, "pyodide.mjs")).href);
const py = await loadPyodide({
  indexURL: folder,
  packageBaseUrl: folder,
  env: { HOME: "/", PYTHONPATH: "/code", PYTHONHASHSEED: "0" },
  fsInit: async (fs) => fs.mkdirTree("/code"),
});

/** @param {string} from @param {string} to */
function copy(from, to) {
  py.FS.mkdirTree(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.isDirectory() && entry.name !== "__pycache__") copy(join(from, entry.name), `${to}/${entry.name}`);
    else if (entry.name.endsWith(".py")) py.FS.writeFile(`${to}/${entry.name}`, readFileSync(join(from, entry.name)));
  }
}

copy(join(root, "igbuild/runtime"), "/code/igbuild/runtime");
for (const name of ["igbuild/__init__.py", "tests/__init__.py", "tests/hash_answers.py"]) {
  py.FS.mkdirTree(`/code/${name.split("/")[0]}`);
  py.FS.writeFile(`/code/${name}`, readFileSync(join(root, name)));
}
copy(join(root, "tests/browser/lab/study"), "/code");
copy(join(root, "tests/pyodide"), "/code");
globalThis.py = py;
await import(pathToFileURL(script).href);
