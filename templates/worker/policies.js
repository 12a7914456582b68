// ONNX policies: models run by onnxruntime-web in this thread, on its wasm provider, whose results do not depend on
// the number of threads or on a graphics card.
import { FAILURES, Failure } from "./protocol.js";
import { parseWire } from "./wire.js";

/**
 * @typedef {import("./protocol.js").PinnedFile} PinnedFile
 * @typedef {import("./protocol.js").OnnxInit} OnnxInit
 * @typedef {import("./protocol.js").OnnxModel} OnnxModel
 * @typedef {import("./verified_files.js").VerifiedFiles} VerifiedFiles
 */

export const RUNTIME = "ort.wasm.bundle.min.mjs";
export const RUNTIME_WASM = "ort-wasm-simd-threaded.wasm";

/** What a model's input may hold, and how numbers become it. @type {Record<string, (numbers: number[]) => ArrayBufferView>} */
const ELEMENTS = {
  float32: (numbers) => Float32Array.from(numbers),
  float64: (numbers) => Float64Array.from(numbers),
  int32: (numbers) => Int32Array.from(numbers),
  int64: (numbers) => BigInt64Array.from(numbers, BigInt),
  uint8: (numbers) => Uint8Array.from(numbers),
};

/**
 * An observation as numbers in row-major order, and their shape.
 * @param {any} value a number, nested lists, or an `NdArray`
 * @returns {{numbers: number[], shape: number[]}}
 * @throws {Failure} it has no such form (a dict, or lists of unequal length)
 */
export function flatten(value) {
  if (value !== null && typeof value === "object" && ArrayBuffer.isView(value.data)) {
    return { numbers: Array.from(value.data, Number), shape: value.shape };
  }
  if (typeof value === "number" || typeof value === "boolean") return { numbers: [Number(value)], shape: [] };
  if (!Array.isArray(value)) throw new Failure(FAILURES.policy, "an ONNX policy takes numbers or arrays, not a dict or text; make the observation one array");
  const parts = value.map(flatten);
  const shape = parts[0]?.shape ?? [];
  if (parts.some((part) => String(part.shape) !== String(shape))) {
    throw new Failure(FAILURES.policy, "an ONNX policy takes arrays whose rows are equally long");
  }
  return { numbers: parts.flatMap((part) => part.numbers), shape: [parts.length, ...shape] };
}

/**
 * The shape to give a model: one dimension more where it expects a batch.
 * @param {number[]} shape of the observation
 * @param {number | undefined} rank that the model states
 * @returns {number[]}
 */
export function batched(shape, rank) {
  return rank === undefined || rank === shape.length ? shape : [...new Array(Math.max(rank - shape.length, 0)).fill(1), ...shape];
}

export class Policies {
  #ort;
  #sessions;

  /**
   * @param {any} ort the module of onnxruntime-web
   * @param {Map<string, {session: any, model: OnnxModel}>} sessions by `String(agent)`
   */
  constructor(ort, sessions) {
    this.#ort = ort;
    this.#sessions = sessions;
  }

  /**
   * Load the runtime and every model, verified.
   * @param {OnnxInit} onnx with absolute URLs
   * @param {VerifiedFiles} files
   * @returns {Promise<Policies>}
   * @throws {Failure} a file is missing, altered, or no model
   */
  static async load(onnx, files) {
    const [script, wasm] = [RUNTIME, RUNTIME_WASM].map((name) => ({ ...onnx.files[name], url: new URL(name, onnx.base).href }));
    const [binary] = await Promise.all([files.get(wasm), files.get(script)]);
    const ort = await import(script.url);
    Object.assign(ort.env.wasm, { numThreads: 1, proxy: false, wasmBinary: binary });
    files.forget(wasm.url);
    files.forget(script.url);
    const sessions = new Map();
    for (const [agent, model] of Object.entries(onnx.models)) {
      const bytes = await files.get(model);
      try {
        const session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
        sessions.set(agent, { session, model });
      } catch (error) {
        const { message } = /** @type {Error} */ (error);
        throw new Failure(FAILURES.policy, `the model of players.bots.${agent} (${model.url}) could not be loaded: ${message}`);
      }
      files.forget(model.url);
    }
    return new Policies(ort, sessions);
  }

  /**
   * Score an observation; what `bridge.connect` is given.
   * @param {string} agent
   * @param {string} json the observation as wire JSON
   * @param {ArrayBufferView[]} buffers its arrays
   * @returns {Promise<number[]>} one number per action
   */
  async infer(agent, json, buffers) {
    const found = this.#sessions.get(agent);
    if (!found) throw new Failure(FAILURES.policy, `players.bots.${agent} has no model`);
    const { session, model } = found;
    const name = model.input ?? session.inputNames[0];
    const facts = session.inputMetadata?.find((/** @type {any} */ input) => input.name === name);
    const { numbers, shape } = flatten(parseWire(json, buffers));
    const type = facts?.type ?? "float32";
    if (!(type in ELEMENTS)) throw new Failure(FAILURES.policy, `the input ${name} of players.bots.${agent} takes ${type}, which is not supported`);
    const tensor = new this.#ort.Tensor(type, ELEMENTS[type](numbers), batched(shape, facts?.shape?.length));
    const outputs = await session.run({ [name]: tensor });
    const output = outputs[model.output ?? session.outputNames[0]];
    return Array.from(output.data, Number);
  }
}
