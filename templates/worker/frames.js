// RGB frames made ready for a canvas, here where it does not cost the page a frame.

/**
 * @param {Uint8Array} rgb
 * @returns {Uint8ClampedArray<ArrayBuffer>} the same pixels, opaque, four bytes each
 */
export function rgbToRgba(rgb) {
  const count = rgb.length / 3;
  const words = new Uint32Array(count); // little-endian on every platform that has wasm
  for (let i = 0, j = 0; i < count; i++, j += 3) {
    words[i] = 0xff000000 | (rgb[j + 2] << 16) | (rgb[j + 1] << 8) | rgb[j];
  }
  return new Uint8ClampedArray(words.buffer);
}

/**
 * Turn the frames among results of ops into RGBA bytes, ready for `ImageData`, in place.
 * @param {any[]} results
 * @param {ArrayBuffer[]} transfer memory that goes with the results; a frame's new memory replaces its old
 */
export function rgbaFrames(results, transfer) {
  for (const result of results) {
    const frame = result?.render_state;
    if (frame?.kind !== "rgb") continue;
    const { data, shape } = frame.pixels;
    if (shape[2] === 3) {
      frame.pixels = rgbToRgba(data);
      transfer.splice(transfer.indexOf(data.buffer), 1, frame.pixels.buffer);
    } else frame.pixels = new Uint8ClampedArray(data.buffer, data.byteOffset, data.byteLength);
  }
}
