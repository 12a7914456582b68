// Loading progress: bytes and stages made into one bar that only grows, and one sentence.

/** @typedef {import("../worker/protocol.js").WorkerEvent} WorkerEvent */
/** @typedef {import("./site_config.js").SiteConfig} SiteConfig */
/** @typedef {import("../worker/protocol.js").Stage | "assets" | "ready"} LoadStage */

/** Part of the bar that stands for bytes; the rest is Python starting and making the environment. */
const BYTES_PART = 0.65;

/** How far the rest is when a stage begins. */
const REST = Object.freeze({ download: 0, assets: 0, python: 0, packages: 0.6, environment: 0.8, ready: 1 });

/** What participants read; the worker's own words name files that mean nothing to them. */
const WORDS = Object.freeze({
  download: "Downloading",
  assets: "Downloading",
  python: "Starting Python",
  packages: "Loading packages",
  environment: "Preparing the game",
  ready: "Ready",
});

/**
 * @param {unknown} value
 * @returns {number} the sum of every `size` in it
 */
function sizes(value) {
  if (value === null || typeof value !== "object") return 0;
  return Object.entries(value).reduce((sum, [key, item]) => sum + (key === "size" && typeof item === "number" ? item : sizes(item)), 0);
}

/**
 * Bytes that a site downloads before its first frame: each file it names stands there with its size.
 *
 * @param {SiteConfig} site
 * @returns {number}
 */
export function totalBytes({ worker, assets }) {
  return sizes({ ...worker, environment: null }) + sizes(assets);
}

/** Megabytes with one decimal. @param {number} bytes */
const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

/** Hears what has been loaded, and says how far that is. */
export class LoadProgress {
  #known;
  #loaded = { worker: 0, assets: 0 };
  #workerTotal = 0;
  /** @type {LoadStage} */
  #stage = "download";
  #fraction = 0;

  /** @param {number} known bytes that the site knows it will load */
  constructor(known) {
    this.#known = known;
  }

  /** @param {Pick<Extract<WorkerEvent, {event: "progress"}>, "stage" | "loaded" | "total">} event of the worker */
  hear({ stage, loaded, total }) {
    if (loaded !== undefined) this.#loaded.worker = loaded;
    if (total !== undefined) this.#workerTotal = total;
    this.enter(stage);
  }

  /** @param {number} loaded bytes of assets so far */
  assets(loaded) {
    this.#loaded.assets = loaded;
  }

  /**
   * Begin a stage; stages overlap, and an earlier one does not take the words back.
   *
   * @param {LoadStage} stage
   */
  enter(stage) {
    if (REST[stage] > REST[this.#stage] || (REST[stage] === 0 && REST[this.#stage] === 0)) this.#stage = stage;
  }

  /** @returns {{fraction: number, text: string, bytes: string}} `fraction` from 0 to 1, never less than before */
  get now() {
    const loaded = this.#loaded.worker + this.#loaded.assets;
    const total = Math.max(this.#known, this.#workerTotal, loaded);
    const bytes = total === 0 ? 1 : loaded / total;
    const fraction = this.#stage === "ready" ? 1 : BYTES_PART * bytes + (1 - BYTES_PART) * REST[this.#stage];
    this.#fraction = Math.max(this.#fraction, fraction);
    const moving = this.#stage === "python" && loaded < total ? "download" : this.#stage;
    return {
      fraction: this.#fraction,
      text: WORDS[moving],
      bytes: total === 0 ? "" : `${megabytes(loaded)} of ${megabytes(total)} MB`,
    };
  }
}
