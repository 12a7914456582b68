// Lint rules for the JavaScript of templates/ and tests/: correctness, plus the border around Python.
import js from "@eslint/js";
import globals from "globals";

const BORDER = "Python and Pyodide live in templates/worker/pyodide_worker.js and the modules it loads; ask the worker instead.";

/** Members of Pyodide's API that no module outside the worker may touch. */
const PYODIDE_MEMBERS = ["runPython", "runPythonAsync", "toPy", "pyimport", "pyodide"];

/** Modules that run inside the worker and hold the Pyodide object. */
const INSIDE_WORKER = ["templates/worker/pyodide_worker.js", "templates/worker/python.js"];

/** Python pasted into a string: an import or a def line, or a statement of `exec` kind. */
const PYTHON_SOURCE = String.raw`/(^|\n)\s*(import \w+(\.\w+)*\s*(\n|$)|from [\w.]+ import |def \w+\(.*\).*:|class \w+.*:\s*\n)/`;

const noPythonSource = [
  { selector: `Literal[value=${PYTHON_SOURCE}]`, message: "Python source in a string: write a module of igbuild.runtime." },
  { selector: `TemplateElement[value.cooked=${PYTHON_SOURCE}]`, message: "Python source in a string: write a module of igbuild.runtime." },
];

export default [
  { ignores: ["**/node_modules/", "**/dist/", ".venv/", "demo/", "build/"] },
  js.configs.recommended,
  {
    languageOptions: {
      ecmaVersion: 2024,
      sourceType: "module",
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "no-unused-vars": ["error", { argsIgnorePattern: "^_", caughtErrors: "none" }],
      "no-var": "error",
      "prefer-const": "error",
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-shadow": "error",
      "no-restricted-syntax": ["error", ...noPythonSource],
    },
  },
  {
    files: ["templates/**/*.js"],
    languageOptions: {
      globals: {
        ...globals.browser,
        IGBUILD_WORKER_URL: "readonly",
        IGBUILD_TIMER_URL: "readonly",
      },
    },
  },
  {
    files: ["templates/**/*.js", "tests/**/*.js"],
    ignores: [...INSIDE_WORKER, "tests/benchmarks/**"],
    rules: {
      "no-restricted-properties": ["error", ...PYODIDE_MEMBERS.map((property) => ({ property, message: BORDER }))],
      "no-restricted-syntax": [
        "error",
        ...noPythonSource,
        { selector: `CallExpression[callee.name=/^(loadPyodide|runPython|runPythonAsync|toPy)$/]`, message: BORDER },
      ],
    },
  },
  {
    files: ["igbuild/check/pyodide/*.mjs"],
    languageOptions: { globals: { ...globals.browser, process: "readonly" } },
  },
  {
    files: ["tests/js/**/*.js", "eslint.config.js"],
    languageOptions: { globals: { ...globals.node } },
  },
  {
    files: ["tests/browser/**/*.js", "tests/benchmarks/**/*.js"],
    languageOptions: { globals: { ...globals.browser, IGBUILD_WORKER_URL: "readonly", IGBUILD_TIMER_URL: "readonly" } },
  },
];
