// What a view is: the part of the page that shows an environment's pictures.

/** @typedef {import("./fit.js").Size} Size */

/**
 * @typedef {{kind: "rgb", width: number, height: number, pixels: Uint8ClampedArray<ArrayBuffer>}} RgbPicture RGBA bytes
 */

/**
 * A shape as `igbuild.runtime.Surface` describes it; its docstring lists the keys of each.
 *
 * @typedef {{shape: string, id?: string, tween?: number, depth?: number, [key: string]: any}} Shape
 */

/**
 * Shapes in pixels of their surface; where `render()` gave a bare list its size is null, and the experiment's holds.
 *
 * `smooth`: a correction moved things, and they get to their places within so many ms.
 *
 * @typedef {{kind: "draw", width: number | null, height: number | null, shapes: Shape[], smooth?: number}} DrawPicture
 */

/** @typedef {RgbPicture | DrawPicture} Picture */

/**
 * Shows one kind of picture on a canvas of its own. Times are `performance.now()` in ms.
 *
 * @typedef {object} View
 * @property {HTMLCanvasElement} canvas
 * @property {(picture: any, now: number) => void} show take the newest picture; draws nothing yet
 * @property {(now: number) => boolean} draw bring the canvas up to date; false when it was already
 * @property {(room: Size, ratio: number) => void} resize to the room there is, in CSS pixels
 * @property {() => void} destroy
 */

/**
 * What a view is made from.
 *
 * @typedef {object} ViewOptions
 * @property {Size} box on the page, in CSS pixels
 * @property {string} background `#rrggbb`
 * @property {import("../assets.js").LoadedAssets} assets
 */

/**
 * Set a canvas's size on the page.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Size} css
 */
export function setCssSize(canvas, css) {
  canvas.style.width = `${css.width}px`;
  canvas.style.height = `${css.height}px`;
}
