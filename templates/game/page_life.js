// The page's life: it is hidden and shown, left, and come back to out of the browser's memory.

/**
 * Tell a game what becomes of its page.
 *
 * @param {Pick<import("./remote_game.js").RemoteGame, "phase" | "visibilityChanged">} game
 * @param {object} page
 * @param {EventTarget} page.window
 * @param {EventTarget} page.document
 * @param {() => void} page.reload
 * @param {boolean} saysGoodbye the page tells a server, or other players, when it is left
 */
export function followPage(game, { window, document, reload }, saysGoodbye) {
  // A page that is left is hidden too, but nobody looked away.
  let leaving = false;
  window.addEventListener("pagehide", () => (leaving = true));
  window.addEventListener("pageshow", (event) => {
    leaving = false;
    const { persisted } = /** @type {PageTransitionEvent} */ (event);
    const isOver = game.phase === "end" || game.phase === "error";
    // A goodbye cannot be taken back: what it ended begins anew. The last page stays, with what stands on it.
    if (persisted && saysGoodbye && !isOver) reload();
  });
  document.addEventListener("visibilitychange", () => leaving || game.visibilityChanged());
}
