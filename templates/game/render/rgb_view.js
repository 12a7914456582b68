// RGB frames: an environment's own pixels, put on a canvas as they are.
import { fitPixels } from "./fit.js";
import { setCssSize } from "./view.js";

/** @typedef {import("./fit.js").Size} Size */
/** @typedef {import("./view.js").RgbPicture} RgbPicture */
/** @typedef {import("./view.js").View} View */
/** @typedef {import("./view.js").ViewOptions} ViewOptions */

/**
 * Shows frames of RGBA bytes.
 *
 * @implements {View}
 */
export class RgbView {
  canvas = document.createElement("canvas");
  #context;
  #box;
  /** @type {Size} */
  #room;
  #ratio = 1;
  /** @type {RgbPicture | null} */
  #next = null;

  /** @param {ViewOptions} options */
  constructor({ box, background }) {
    const context = this.canvas.getContext("2d", { alpha: false });
    if (!context) throw new Error("This browser gives the page no canvas to draw on.");
    this.#context = context;
    this.#box = box;
    this.#room = box;
    this.canvas.style.background = background;
    this.canvas.width = box.width;
    this.canvas.height = box.height;
    context.fillStyle = background;
    context.fillRect(0, 0, box.width, box.height);
  }

  /** @param {RgbPicture} picture */
  show(picture) {
    this.#next = picture;
  }

  /** @returns {boolean} */
  draw() {
    const picture = this.#next;
    if (!picture) return false;
    this.#next = null;
    const { width, height, pixels } = picture;
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
      this.#fit();
    }
    this.#context.putImageData(new ImageData(pixels, width, height), 0, 0);
    return true;
  }

  /**
   * @param {Size} room
   * @param {number} ratio
   */
  resize(room, ratio) {
    this.#room = room;
    this.#ratio = ratio;
    this.#fit();
  }

  /** Nothing is held but the canvas. */
  destroy() {
    this.canvas.remove();
  }

  #fit() {
    const { css, crisp } = fitPixels(this.canvas, this.#box, this.#room, this.#ratio);
    setCssSize(this.canvas, css);
    this.canvas.classList.toggle("crisp", crisp);
  }
}
