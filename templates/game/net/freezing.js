// Freezing: which browsers stop a page that is hidden, where others let it tick.

/**
 * Phones and tablets do. An iPad's says that it is a Mac's; no Mac has a touch screen.
 *
 * @param {Pick<Navigator, "userAgent" | "maxTouchPoints">} navigator
 * @returns {boolean}
 */
export function freezesHiddenPages({ userAgent, maxTouchPoints }) {
  return /Android|iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1);
}
