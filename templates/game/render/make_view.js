// Which view shows an experiment's pictures; a site carries only the code of its own kind.
//% if rgb
import { RgbView } from "./rgb_view.js";
//% endif

/** @typedef {import("./view.js").View} View */
/** @typedef {import("./view.js").ViewOptions} ViewOptions */

/** @type {Record<string, (options: ViewOptions) => Promise<View>>} */
const VIEWS = {
  //% if draw
  draw: async (options) => (await import("./draw_list_view.js")).DrawListView.create(options),
  //% endif
  //% if rgb
  rgb_array: async (options) => new RgbView(options),
  //% endif
};

/**
 * @param {"draw" | "rgb_array"} kind `site.game.render`
 * @param {ViewOptions} options
 * @returns {Promise<View>}
 */
export function makeView(kind, options) {
  return VIEWS[kind](options);
}
