// Draw lists: an environment's shapes, drawn by Phaser on a canvas as fine as the screen.
import { CANVAS, Game, Scale } from "phaser";
import { fit } from "./fit.js";
import { Painter } from "./painter.js";
import { Scene } from "./scene.js";
import { setCssSize } from "./view.js";

/** @typedef {import("./fit.js").Size} Size */
/** @typedef {import("./view.js").DrawPicture} DrawPicture */
/** @typedef {import("./view.js").View} View */
/** @typedef {import("./view.js").ViewOptions} ViewOptions */

/**
 * Phaser with all that a picture does not need left out. It draws through the 2D canvas, which smooths edges, needs
 * no graphics card and draws the same everywhere; its own loop is stopped, as only what changed is drawn.
 *
 * @param {Size} size
 * @param {string} background
 * @returns {Promise<{game: Game, scene: import("phaser").Scene}>}
 */
function startPhaser(size, background) {
  return new Promise((resolve) => {
    const game = new Game({
      type: CANVAS,
      width: size.width,
      height: size.height,
      backgroundColor: background,
      banner: false,
      autoFocus: false,
      audio: { noAudio: true },
      input: { keyboard: false, mouse: false, touch: false, gamepad: false, windowEvents: false },
      scale: { mode: Scale.NONE, autoCenter: Scale.NO_CENTER },
      scene: {
        /** @this {import("phaser").Scene} */
        create() {
          this.game.loop.stop();
          resolve({ game, scene: this });
        },
      },
    });
  });
}

/**
 * Shows draw lists.
 *
 * @implements {View}
 */
export class DrawListView {
  #game;
  #camera;
  #painter;
  #box;
  #scene = new Scene();
  /** @type {Size} */
  #picture;
  /** @type {Size} */
  #room;
  #ratio = 1;
  #stale = true;

  /**
   * @param {ViewOptions} options
   * @returns {Promise<DrawListView>}
   */
  static async create(options) {
    // Phaser's code was just evaluated: let the page breathe before it is started, so that loading never stutters.
    await new Promise((resolve) => setTimeout(resolve));
    return new DrawListView(await startPhaser(options.box, options.background), options);
  }

  /**
   * @param {Awaited<ReturnType<typeof startPhaser>>} phaser
   * @param {ViewOptions} options
   */
  constructor({ game, scene }, { box, assets }) {
    this.#game = game;
    this.#camera = scene.cameras.main;
    this.#camera.setOrigin(0, 0);
    this.#painter = new Painter(scene, assets);
    this.#box = box;
    this.#picture = box;
    this.#room = box;
  }

  get canvas() {
    return this.#game.canvas;
  }

  /**
   * @param {DrawPicture} picture
   * @param {number} now
   */
  show({ shapes, smooth, ...size }, now) {
    const width = size.width ?? this.#box.width;
    const height = size.height ?? this.#box.height;
    this.#scene.show(shapes, now, smooth);
    this.#stale = true;
    if (width === this.#picture.width && height === this.#picture.height) return;
    this.#picture = { width, height };
    this.#fit();
  }

  /**
   * @param {number} now
   * @returns {boolean}
   */
  draw(now) {
    if (!this.#stale) return false;
    const { things, moving } = this.#scene.at(now);
    this.#painter.paint(things);
    const { context } = this.#game;
    if (context) Object.assign(context, { lineJoin: "round", lineCap: "round" });
    this.#game.step(now, 0);
    this.#stale = moving;
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

  /** End Phaser and take its canvas away. */
  destroy() {
    this.#game.destroy(true);
    this.#game.step(0, 0); // Phaser ends in its next step, and its loop stands still
  }

  #fit() {
    const { css, device } = fit(this.#picture, this.#box, this.#room, this.#ratio);
    const { width, height } = this.#game.scale;
    if (width !== device.width || height !== device.height) this.#game.scale.resize(device.width, device.height);
    setCssSize(this.canvas, css);
    const zoom = { x: device.width / this.#picture.width, y: device.height / this.#picture.height };
    this.#camera.setZoom(zoom.x, zoom.y);
    this.#painter.sharpen(zoom.x);
    this.#stale = true;
  }
}
