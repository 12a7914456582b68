// Downloads in which every byte is checked against the hash the site was built with, with progress in bytes.
import { FAILURES, Failure } from "./protocol.js";

/** @typedef {import("./protocol.js").PinnedFile} PinnedFile */

/**
 * Bytes so far, over all files asked for.
 * @typedef {{name: string, loaded: number, total: number}} DownloadProgress
 */

/** @param {string} url */
const baseName = (url) => decodeURIComponent(new URL(url).pathname.split("/").pop() ?? url);

/** @param {string} sha256 64 hex digits */
function integrityOf(sha256) {
  const bytes = sha256.match(/../g)?.map((pair) => parseInt(pair, 16)) ?? [];
  return `sha256-${btoa(String.fromCharCode(...bytes))}`;
}

/** @param {BufferSource} bytes */
async function sha256Of(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * @param {ReadableStream<Uint8Array>} stream
 * @param {number} expected bytes, to allocate once
 * @param {(count: number) => void} onBytes
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
async function readAll(stream, expected, onBytes) {
  let buffer = new Uint8Array(Math.max(expected, 1024));
  let length = 0;
  for await (const chunk of /** @type {any} */ (iterate(stream))) {
    if (length + chunk.length > buffer.length) {
      const larger = new Uint8Array(Math.max(buffer.length * 2, length + chunk.length));
      larger.set(buffer.subarray(0, length));
      buffer = larger;
    }
    buffer.set(chunk, length);
    length += chunk.length;
    onBytes(chunk.length);
  }
  return buffer.subarray(0, length);
}

/**
 * Streams are not async-iterable in every browser.
 * @param {ReadableStream<Uint8Array>} stream
 */
async function* iterate(stream) {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

/** The files of one site, each downloaded once. */
export class VerifiedFiles {
  /** @type {Map<string, Promise<Uint8Array<ArrayBuffer>>>} */
  #bytes = new Map();
  #loaded = 0;
  #total = 0;
  #onProgress;
  #fetch;

  /**
   * @param {(progress: DownloadProgress) => void} onProgress
   * @param {typeof fetch} [fetcher]
   */
  constructor(onProgress, fetcher = fetch.bind(globalThis)) {
    this.#onProgress = onProgress;
    this.#fetch = fetcher;
  }

  /**
   * Start a download, or join the one that runs. Bytes come only after their hash was right.
   * @param {PinnedFile} file with an absolute URL
   * @param {(response: Response) => void} [onResponse] given a copy of the answer while it still streams; what is made
   *   of it must not be used before the bytes have come
   * @returns {Promise<Uint8Array<ArrayBuffer>>}
   * @throws {Failure} the file is missing, cut short, or not the pinned one
   */
  get(file, onResponse) {
    const running = this.#bytes.get(file.url);
    if (running) return running;
    const download = this.#download(file, onResponse);
    download.catch(() => this.#bytes.delete(file.url));
    this.#bytes.set(file.url, download);
    return download;
  }

  /**
   * Let go of the bytes of a file that is unpacked; asked for again, it is downloaded again.
   * @param {string} url
   */
  forget(url) {
    this.#bytes.delete(url);
  }

  /**
   * Run something that fetches, and answer what it asks for out of the verified files.
   *
   * Pyodide checks neither its own files nor a wheel's arrival; so it sees nothing that was not checked here.
   * @template T
   * @param {() => Promise<T>} action
   * @returns {Promise<T>}
   */
  async serving(action) {
    const before = globalThis.fetch;
    globalThis.fetch = async (input, options) => {
      const url = input instanceof Request ? input.url : new URL(input, location.href).href;
      const bytes = this.#bytes.get(url);
      return bytes ? new Response(await bytes) : before(input, options);
    };
    try {
      return await action();
    } finally {
      globalThis.fetch = before;
    }
  }

  /**
   * @param {PinnedFile} file
   * @param {((response: Response) => void) | undefined} onResponse
   */
  async #download(file, onResponse) {
    const name = baseName(file.url);
    this.#total += file.size;
    // Outside a secure context there is no crypto.subtle; the browser's own check works there, but hides the bytes
    // until the end, and calls every failure "Failed to fetch".
    const subtle = globalThis.crypto?.subtle !== undefined;
    let response;
    try {
      response = await this.#fetch(file.url, subtle ? {} : { integrity: integrityOf(file.sha256) });
    } catch (error) {
      throw new Failure(FAILURES.load, `${name} could not be fetched: ${/** @type {Error} */ (error).message} (${file.url})`);
    }
    if (!response.ok) {
      throw new Failure(FAILURES.load, `${name} could not be fetched: HTTP ${response.status} (${file.url}); is the site complete?`);
    }
    onResponse?.(response.clone());
    const bytes = await this.#read(response, file, name);
    if (subtle) await this.#check(bytes, file, name);
    return bytes;
  }

  /**
   * @param {Response} response
   * @param {PinnedFile} file
   * @param {string} name
   */
  async #read(response, file, name) {
    if (response.body === null) return new Uint8Array(0);
    try {
      return await readAll(response.body, file.size, (count) => {
        this.#loaded += count;
        this.#onProgress({ name, loaded: this.#loaded, total: this.#total });
      });
    } catch (error) {
      throw new Failure(FAILURES.load, `${name} broke off: ${/** @type {Error} */ (error).message} (${file.url})`);
    }
  }

  /**
   * @param {Uint8Array<ArrayBuffer>} bytes
   * @param {PinnedFile} file
   * @param {string} name
   */
  async #check(bytes, file, name) {
    const found = await sha256Of(bytes);
    if (found === file.sha256) return;
    const size = bytes.length === file.size ? "" : `, ${bytes.length} bytes instead of ${file.size}`;
    throw new Failure(
      FAILURES.integrity,
      `${name} is not the file this site was built with (sha256 ${found.slice(0, 12)}… instead of ` +
        `${file.sha256.slice(0, 12)}…${size}); reload the page, or build and upload the site again`,
    );
  }
}
