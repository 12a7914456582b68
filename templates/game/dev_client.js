// Development only: reloads the page after a rebuild, shows why a build failed. No imports, no values: the
// server of `igbuild serve --dev` also sends this file as it is, for its page while there is no site yet.

const OVERLAY_STYLE =
  "position:fixed;inset:0;z-index:2147483647;margin:0;padding:2rem;overflow:auto;box-sizing:border-box;" +
  "background:rgba(24,24,27,.94);color:#fecaca;font:14px/1.5 ui-monospace,monospace;white-space:pre-wrap;";
const TITLE_STYLE = "color:#f87171;font-weight:bold;margin-bottom:1rem;";

/**
 * @typedef {{build: string, error: string | null}} News the state of the last build
 */

/** @returns {string} id of the build that this page belongs to; empty on the page without a site */
function ownBuild() {
  const meta = document.querySelector('meta[name="igbuild-site"]');
  return meta?.getAttribute("content") ?? "";
}

/**
 * The error lies over the page, which stays loaded beneath it: after a mistake is mended the game goes on.
 *
 * @param {string | null} error null takes the overlay away
 */
function showError(error) {
  document.getElementById("igbuild-error")?.remove();
  if (error === null) return;
  const overlay = document.createElement("pre");
  overlay.id = "igbuild-error";
  overlay.setAttribute("role", "alert");
  overlay.style.cssText = OVERLAY_STYLE;
  const title = document.createElement("div");
  title.textContent = ownBuild() ? "The build failed; the last good one is still here." : "The build failed.";
  title.style.cssText = TITLE_STYLE;
  overlay.append(title, error);
  document.body.append(overlay);
}

/** @param {News} news */
function heed(news) {
  if (news.error === null && news.build && news.build !== ownBuild()) {
    location.reload();
    return;
  }
  showError(news.error);
}

/** EventSource connects again by itself, and the server then tells the newest state first. */
function listen() {
  const source = new EventSource("/__igbuild/events");
  for (const name of ["built", "failed"]) {
    source.addEventListener(name, (event) => heed(JSON.parse(/** @type {MessageEvent} */ (event).data)));
  }
  // A page that waits in the back/forward cache must not keep a connection of the few a browser has.
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
}

listen();
