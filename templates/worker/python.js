// Python in this thread: Pyodide started from verified files, packages, the experiment's code, and the bridge into it.
import { FAILURES, Failure } from "./protocol.js";
//% if onnx
import { Policies } from "./policies.js";
//% endif
import { GuardedWasm } from "./wasm_guard.js";
import { parseWire, writeWire } from "./wire.js";

/**
 * @typedef {import("./protocol.js").WorkerInit} WorkerInit
 * @typedef {import("./protocol.js").PinnedFile} PinnedFile
 * @typedef {import("./protocol.js").LockPackage} LockPackage
 * @typedef {import("./verified_files.js").VerifiedFiles} VerifiedFiles
 */

/**
 * What a call into the bridge brings back: its JSON, revived, and the memory to transfer with it.
 * @typedef {{value: any, transfer: ArrayBuffer[]}} Reply
 */

/** Where the archives are unpacked. The study folder is the working directory: its data files open by relative path. */
const FOLDERS = Object.freeze({ runtime: "/igbuild", study: "/study" });

/** Set order depends on the hashes of strings; the same on every client, or games drift apart. */
const HASH_SEED = "0";

/**
 * @param {string[]} names
 * @param {Record<string, LockPackage>} locked
 * @returns {string[]} the names and everything they depend on
 * @throws {Failure} a package that the lock does not hold
 */
export function closure(names, locked) {
  const wanted = new Set(names);
  for (const name of wanted) {
    const entry = locked[name];
    if (entry === undefined) {
      const known = Object.keys(locked).join(", ") || "none";
      throw new Failure(FAILURES.package, `package ${name} is not in pyodide-lock.json (it holds: ${known}); add it to packages in experiment.toml and build again`);
    }
    for (const dependency of entry.depends) wanted.add(dependency);
  }
  return [...wanted];
}

/**
 * @param {WorkerInit["pyodide"]} pyodide
 * @param {string} name
 * @returns {PinnedFile}
 */
function wheelFile({ lock, wheelBase }, name) {
  const entry = lock.packages[name];
  return {
    url: new URL(entry.file_name, wheelBase).href,
    sha256: entry.sha256,
    size: entry.tool?.igbuild?.size ?? 0,
  };
}

/**
 * The payload of `init` with every URL made absolute.
 * @param {WorkerInit} init
 * @returns {WorkerInit}
 */
export function resolveUrls(init) {
  /** @param {string} url */
  const resolve = (url) => new URL(url, init.page).href;
  const { pyodide, archives, onnx } = init;
  return {
    ...init,
    pyodide: { ...pyodide, base: resolve(pyodide.base), wheelBase: resolve(pyodide.wheelBase) },
    archives: archives.map((archive) => ({ ...archive, url: resolve(archive.url) })),
    onnx: onnx && {
      ...onnx,
      base: resolve(onnx.base),
      models: Object.fromEntries(
        Object.entries(onnx.models).map(([agent, model]) => [agent, { ...model, url: resolve(model.url) }]),
      ),
    },
  };
}

export class Python {
  #py;
  #ffi;
  #init;
  #files;
  /** @type {any} */
  #handle;
  //% if onnx
  /** Where bots are waited for. @type {((text: string) => Promise<unknown>) | null} */
  #handleWaiting = null;
  //% endif

  /**
   * @param {any} py the object that `loadPyodide` gives
   * @param {WorkerInit} init
   * @param {VerifiedFiles} files
   */
  constructor(py, init, files) {
    this.#py = py;
    this.#ffi = py.ffi; // not to be had any more once Python has exited
    this.#init = init;
    this.#files = files;
  }

  /**
   * Download everything, start the interpreter, install packages and the experiment, and boot the bridge.
   * @param {WorkerInit} relative
   * @param {VerifiedFiles} files
   * @param {(stage: import("./protocol.js").Stage, message: string) => void} onStage
   * @returns {Promise<Python>}
   * @throws {Failure} anything that is missing, altered or refused
   */
  static async start(relative, files, onStage) {
    const init = resolveUrls(relative);
    const { base, files: pinned, lock, wheelBase } = init.pyodide;
    /** @type {Record<string, PinnedFile>} */
    const own = Object.fromEntries(
      Object.entries(pinned).map(([name, file]) => [name, { ...file, url: new URL(name, base).href }]),
    );
    const packages = closure(init.packages, lock.packages);
    const wasm = new GuardedWasm(files, own["pyodide.asm.wasm"]);
    const downloads = [
      ...Object.values(own),
      ...packages.map((name) => wheelFile(init.pyodide, name)),
      ...init.archives,
    ].map((file) => files.get(file));
    const complete = Promise.all(downloads);
    complete.catch(() => {});
    complete.then(() => onStage("python", "Starting Python"), () => {});
    //% if onnx
    const policies = init.onnx && Policies.load(init.onnx, files);
    policies?.catch(() => {});
    //% endif

    const glue = own["pyodide.asm.mjs"] ?? own["pyodide.asm.js"]; // as it was called before Pyodide 314
    await Promise.all([files.get(own["pyodide.mjs"]), files.get(glue)]);
    const { loadPyodide } = await importScript(own["pyodide.mjs"].url);
    const load = () =>
      loadPyodide({
        indexURL: base,
        lockFileContents: lock,
        packageBaseUrl: wheelBase,
        env: { HOME: FOLDERS.study, PYTHONPATH: Object.values(FOLDERS).join(":"), PYTHONHASHSEED: HASH_SEED },
        fsInit: async (/** @type {any} */ fs) => Object.values(FOLDERS).forEach((folder) => fs.mkdirTree(folder)),
      });
    const py = await files.serving(() => wasm.during(() => Promise.race([load(), failureOf(complete)])));
    await complete;
    onStage("packages", "Installing packages");

    const python = new Python(py, init, files);
    await python.install(packages);
    onStage("environment", "Loading the experiment");
    for (const archive of init.archives) {
      py.unpackArchive(await files.get(archive), "zip", { extractDir: FOLDERS[archive.target] });
    }
    for (const file of [...Object.values(own), ...init.archives]) files.forget(file.url);
    python.#openBridge();
    //% if onnx
    if (policies) python.#connect(await policies);
    //% endif
    return python;
  }

  /**
   * Install packages of the lock, with what they depend on.
   * @param {string[]} names
   * @returns {Promise<string[]>} every package that is installed now
   * @throws {Failure} one that the lock does not know, or that did not arrive
   */
  async install(names) {
    const py = this.#py;
    const wanted = closure(names, this.#init.pyodide.lock.packages);
    const missing = wanted.filter((name) => !(name in py.loadedPackages));
    const wheels = missing.map((name) => wheelFile(this.#init.pyodide, name));
    await Promise.all(wheels.map((file) => this.#files.get(file)));
    /** @type {string[]} */
    const complaints = [];
    await this.#files.serving(() =>
      py.loadPackage(missing, {
        messageCallback: () => {},
        errorCallback: (/** @type {string} */ text) => complaints.push(text),
      }),
    );
    for (const file of wheels) this.#files.forget(file.url);
    // loadPackage resolves even when a package did not arrive.
    const absent = wanted.filter((name) => !(name in py.loadedPackages));
    if (absent.length > 0) {
      throw new Failure(FAILURES.package, `could not install ${absent.join(", ")}: ${complaints.join(" ") || "no reason given"}`);
    }
    return Object.keys(py.loadedPackages);
  }

  /**
   * Carry out ops: exactly one call into Python.
   * @param {{ops: import("./protocol.js").Op[], stopOnDone?: boolean}} request
   * @returns {Reply | Promise<Reply>} a promise only where ONNX bots are waited for
   * @throws {Failure} Python exited or crashed, and cannot be used any more
   */
  handle(request) {
    const text = writeWire(request);
    //% if onnx
    if (this.#handleWaiting) return this.#waitFor(this.#handleWaiting(text));
    //% endif
    try {
      return this.#reply(this.#handle(text));
    } catch (error) {
      throw this.#explain(error);
    }
  }

  /**
   * @param {unknown} answer JSON text, or an array of JSON text and buffers
   * @returns {Reply}
   */
  #reply(answer) {
    if (typeof answer === "string") return { value: parseWire(answer), transfer: [] };
    if (answer instanceof this.#ffi.PyProxy) {
      /** @type {any} */ (answer).destroy();
      throw new Failure(FAILURES.protocol, "the bridge returned a Python object instead of JSON");
    }
    const [text, ...buffers] = /** @type {[string, ...ArrayBufferView[]]} */ (answer);
    const transfer = buffers.map((view) => /** @type {ArrayBuffer} */ (view.buffer));
    return { value: parseWire(text, buffers), transfer };
  }

  //% if onnx
  /**
   * @param {Promise<unknown>} answer
   * @returns {Promise<Reply>}
   */
  async #waitFor(answer) {
    try {
      return this.#reply(await answer);
    } catch (error) {
      throw this.#explain(error);
    }
  }

  /**
   * Let Python ask the policies. Where the browser can switch stacks, Python waits in the middle of its one call;
   * elsewhere the call is a coroutine.
   * @param {Policies} policies
   */
  #connect(policies) {
    const bridge = this.#py.pyimport("igbuild.runtime.bridge");
    bridge.connect(policies.infer.bind(policies));
    const switches = "Suspending" in WebAssembly && typeof this.#handle.callPromising === "function";
    const coroutine = switches ? null : bridge.handle_async.copy();
    this.#handleWaiting = async (text) => {
      if (switches) return this.#handle.callPromising(text);
      const running = coroutine(text);
      try {
        return await running;
      } finally {
        running.destroy();
      }
    };
    bridge.destroy();
  }
  //% endif

  /** Import the bridge and tell it about the environment. */
  #openBridge() {
    const bridge = this.#py.pyimport("igbuild.runtime.bridge");
    this.#handle = bridge.handle.copy(); // a borrowed attribute would go with its module
    bridge.boot(writeWire(this.#init.environment));
    bridge.destroy();
  }

  /**
   * The bridge never raises; so whatever a call throws, apart from our own failures and an exception that slipped
   * through, is the interpreter's end: `os._exit`, out of memory, a broken stack.
   * @param {unknown} error
   */
  #explain(error) {
    if (error instanceof Failure || error instanceof this.#ffi.PythonError) return error;
    const { message } = /** @type {Error} */ (error);
    return new Failure(FAILURES.died, `Python stopped: ${message}; start a new worker to go on`);
  }
}

/**
 * @param {string} url
 * @returns {Promise<any>}
 */
async function importScript(url) {
  try {
    return await import(url);
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    throw new Failure(FAILURES.load, `${url} could not be imported: ${message}${await aboutType(url)}`);
  }
}

/**
 * What browsers do not say: a module is refused unless it is sent as JavaScript, and not every server knows `.mjs`.
 * @param {string} url of a module that could not be imported
 * @returns {Promise<string>} empty where its type is no reason
 */
async function aboutType(url) {
  const type = await fetch(url, { method: "HEAD" }).then(({ ok, headers }) => (ok ? headers.get("content-type") : null), () => null);
  if (type === null || type.includes("javascript")) return "";
  return `. The server sends it as ${type}, and browsers take a module as text/javascript alone: its settings have to say so for .mjs`;
}

/**
 * @param {Promise<unknown>} promise
 * @returns {Promise<never>} rejects when the promise does, and never resolves
 */
function failureOf(promise) {
  return new Promise((_, reject) => {
    promise.catch(reject);
  });
}
