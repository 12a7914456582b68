// Fit: how large a picture is on the page, and how many device pixels its canvas needs to be sharp there.

/** @typedef {{width: number, height: number}} Size */

/**
 * @typedef {object} Fit
 * @property {Size} css of the canvas on the page, in CSS pixels
 * @property {Size} device of the canvas's own pixels
 */

/**
 * Fit a picture into its box, and the box into the room there is: never larger than the box, so that a picture has
 * the same size on every screen that holds it, and never distorted.
 *
 * @param {Size} picture in its own units
 * @param {Size} box that the experiment gives it, in CSS pixels
 * @param {Size} room on the page, in CSS pixels
 * @param {number} ratio device pixels of one CSS pixel
 * @returns {Fit}
 */
export function fit(picture, box, room, ratio) {
  const width = Math.max(1, Math.min(box.width, room.width));
  const height = Math.max(1, Math.min(box.height, room.height));
  const shrink = Math.min(width / box.width, height / box.height);
  const scale = Math.min((box.width * shrink) / picture.width, (box.height * shrink) / picture.height);
  const device = {
    width: Math.max(1, Math.round(picture.width * scale * ratio)),
    height: Math.max(1, Math.round(picture.height * scale * ratio)),
  };
  return { css: { width: device.width / ratio, height: device.height / ratio }, device };
}

/**
 * Fit a frame of pixels: enlarged by whole numbers of device pixels where that is twice or more, so that all its
 * pixels are equally large and their edges sharp.
 *
 * @param {Size} frame in pixels
 * @param {Size} box see `fit`
 * @param {Size} room see `fit`
 * @param {number} ratio see `fit`
 * @returns {Fit & {crisp: boolean}} `crisp`: show pixels as squares; else smoothly
 */
export function fitPixels(frame, box, room, ratio) {
  const { css, device } = fit(frame, box, room, ratio);
  const factor = Math.floor(Math.min(device.width / frame.width, device.height / frame.height) + 1e-6);
  const exact = device.width === frame.width && device.height === frame.height;
  if (factor < 2) return { css, device, crisp: exact };
  const whole = { width: frame.width * factor, height: frame.height * factor };
  return { css: { width: whole.width / ratio, height: whole.height / ratio }, device: whole, crisp: true };
}
