// The inputs of one slot, by frame: contiguous, append-only, forgotten only from the front.
import { isAbsent, neutralInput } from "./input.js";

/** @typedef {import("./types.js").Input} Input */

/** Inputs forgotten at once: moving the rest down for each single one would cost more. */
const TRIM = 32;

/** Frames below the input delay are neutral by definition and are never sent. */
export class InputQueue {
  #neutral;
  /** @type {Input[]} */
  #inputs = [];
  #first = 0;

  /**
   * @param {number} delay the session's input delay, in frames
   * @param {number} width of an input, in bytes
   */
  constructor(delay, width) {
    this.#neutral = neutralInput(width);
    for (let frame = 0; frame < delay; frame++) this.#inputs.push(this.#neutral);
  }

  /** The first frame that is still held. */
  get first() {
    return this.#first;
  }

  /** The last frame that is held: all from `first` to it are; -1 before the first. */
  get last() {
    return this.#first + this.#inputs.length - 1;
  }

  /**
   * @param {number} frame
   * @param {Input} input
   * @returns {boolean} whether it was appended: only the next frame's is, so an input has one value for ever
   */
  add(frame, input) {
    if (frame !== this.last + 1) return false;
    this.#inputs.push(input);
    return true;
  }

  /**
   * @param {number} frame
   * @returns {Input | undefined} undefined when it is not held
   */
  get(frame) {
    return this.#inputs[frame - this.#first];
  }

  /**
   * @param {"repeat" | "default"} predictor
   * @returns {Input} what a frame after the last is taken for
   */
  predict(predictor) {
    const last = this.#inputs.at(-1);
    return predictor === "default" || !last || isAbsent(last) ? this.#neutral : last;
  }

  /**
   * @param {number} from
   * @param {number} to inclusive
   * @returns {Input[]}
   */
  slice(from, to) {
    return this.#inputs.slice(Math.max(0, from - this.#first), Math.max(0, to + 1 - this.#first));
  }

  /**
   * @param {number} frame frames before it may be forgotten; the last input never is, as predictions repeat it
   */
  discardBefore(frame) {
    const count = Math.min(frame, this.last) - this.#first;
    if (count < TRIM) return;
    this.#inputs.splice(0, count);
    this.#first += count;
  }
}
