// Development only: reloads the page after a rebuild, shows why a build failed. No imports, no values: the
// server of `igbuild serve --dev` also sends this file as it is, for its page while there is no site yet.

const BOX_STYLE =
  "position:fixed;inset:auto 12px 12px;z-index:2147483647;display:flex;gap:16px;align-items:start;max-height:45vh;" +
  "padding:14px 18px;overflow:auto;box-sizing:border-box;border-radius:10px;border-left:6px solid #f87171;" +
  "background:#18181b;color:#fecaca;font:14px/1.5 ui-monospace,monospace;box-shadow:0 8px 32px rgb(0 0 0 / 40%);";
const TEXT_STYLE = "flex:1;margin:0;min-width:0;font:inherit;white-space:pre-wrap;overflow-wrap:anywhere;";
const BUTTON_STYLE =
  "position:sticky;top:0;padding:4px 12px;border:1px solid #71717a;border-radius:6px;background:#27272a;color:#fff;font:inherit;cursor:pointer;";
const GONE = "igbuild serve --dev has stopped: edits do not reach this page. Start it again on the same port, and the page goes on by itself.";
/** Time given to a server that starts anew before the page says that it has gone, in ms. */
const PATIENCE = 1500;

/**
 * @typedef {{build: string, error: string | null}} News the state of the last build
 */

/** @returns {string} id of the build that this page belongs to; empty on the page without a site */
function ownBuild() {
  const meta = document.querySelector('meta[name="igbuild-site"]');
  return meta?.getAttribute("content") ?? "";
}

/**
 * Show a box below the picture, which can be closed. The page stays loaded: after a mistake is mended the game goes on.
 *
 * @param {string} id
 * @param {string} text
 */
function showBox(id, text) {
  document.getElementById(id)?.remove();
  const box = document.createElement("div");
  box.id = id;
  box.setAttribute("role", "alert");
  box.style.cssText = BOX_STYLE;
  const lines = document.createElement("pre");
  lines.textContent = text;
  lines.style.cssText = TEXT_STYLE;
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "Close";
  close.style.cssText = BUTTON_STYLE;
  close.addEventListener("click", () => box.remove());
  box.append(lines, close);
  document.body.append(box);
}

/** @param {string | null} error of the build; null takes the box away */
function showError(error) {
  if (!ownBuild()) {
    // The page without a site has nothing but the message.
    for (const lines of document.querySelectorAll("body > pre")) lines.textContent = error ?? "Building ...";
  } else if (error === null) {
    document.getElementById("igbuild-error")?.remove();
  } else {
    showBox("igbuild-error", `The build failed; the last good one is still here.\n\n${error}`);
    dispatchEvent(new Event("igbuild-hold"));
  }
}

/** @param {News} news */
function heed(news) {
  if (news.error === null && news.build && news.build !== ownBuild()) {
    location.reload();
    return;
  }
  showError(news.error);
}

/** @returns {{source: EventSource, latest: News | null} | null} the news of a page of several players, in whose frame this one is */
function sharedNews() {
  try {
    return /** @type {any} */ (parent).igbuildNews ?? null;
  } catch {
    return null; // another site's page
  }
}

/** EventSource connects again by itself, and the server then tells the newest state first. */
function listen() {
  // A browser has six connections to a server, and there may be eight players.
  const shared = sharedNews();
  const source = shared?.source ?? new EventSource("/__igbuild/events");
  const here = new AbortController();
  const { signal } = here;
  for (const name of ["built", "failed"]) {
    source.addEventListener(name, (event) => heed(JSON.parse(/** @type {MessageEvent} */ (event).data)), { signal });
  }
  if (shared?.latest) heed(shared.latest);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let silence;
  const heard = () => {
    clearTimeout(silence);
    silence = undefined;
    document.getElementById("igbuild-gone")?.remove();
  };
  const missed = () => {
    silence ??= setTimeout(() => showBox("igbuild-gone", GONE), PATIENCE);
  };
  source.addEventListener("open", heard, { signal });
  source.addEventListener("error", missed, { signal });
  // A page that waits in the back/forward cache must not keep a connection of the few a browser has.
  addEventListener("pagehide", () => (shared ? here.abort() : source.close()));
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
}

listen();
