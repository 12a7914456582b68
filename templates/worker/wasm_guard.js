// Pyodide only warns when its wasm cannot be instantiated, and then waits forever; here that is a rejection.
import { FAILURES, Failure } from "./protocol.js";

/** @param {Response} response */
const isWasm = (response) => (response.headers.get("content-type") ?? "").startsWith("application/wasm");

/**
 * The interpreter's wasm, compiled while it is downloaded and handed out once its bytes are verified.
 *
 * Streaming compilation keeps the browser's code cache usable; a server without the wasm MIME type costs only that.
 */
export class GuardedWasm {
  /** @type {Promise<WebAssembly.Module> | undefined} */
  #streamed;
  #module;

  /**
   * @param {import("./verified_files.js").VerifiedFiles} files
   * @param {import("./protocol.js").PinnedFile} file
   */
  constructor(files, file) {
    const bytes = files.get(file, (response) => {
      if (!isWasm(response)) {
        void response.body?.cancel();
        return;
      }
      this.#streamed = WebAssembly.compileStreaming(response);
      this.#streamed.catch(() => {}); // reported below, after a wrong hash, which says more
    });
    this.#module = bytes.then((verified) => this.#streamed ?? WebAssembly.compile(verified));
    this.#module.catch(() => {});
  }

  /**
   * Run `loadPyodide` so that it gets this module, and rejects where it would hang.
   * @template T
   * @param {() => Promise<T>} load
   * @returns {Promise<T>}
   * @throws {Failure} the wasm is missing, broken, or forbidden by the page's Content-Security-Policy
   */
  async during(load) {
    const original = WebAssembly.instantiateStreaming;
    /** @type {Promise<never>} */
    const failed = new Promise((_, reject) => {
      WebAssembly.instantiateStreaming = async (_response, imports) => {
        try {
          const module = await this.#module;
          return { module, instance: await WebAssembly.instantiate(module, imports) };
        } catch (error) {
          const failure = explain(error);
          reject(failure);
          throw failure;
        }
      };
    });
    try {
      return await Promise.race([load(), failed]);
    } finally {
      WebAssembly.instantiateStreaming = original;
    }
  }
}

/** @param {unknown} error */
function explain(error) {
  if (error instanceof Failure) return error;
  const { message } = /** @type {Error} */ (error);
  const csp = /Content Security Policy|blocked by CSP/i.test(message)
    ? " (the page's Content-Security-Policy must allow script-src 'wasm-unsafe-eval')"
    : "";
  return new Failure(FAILURES.load, `pyodide.asm.wasm could not be started: ${message}${csp}`);
}
