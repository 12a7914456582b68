// The page's entry: makes the worker, the input, the picture and the screens, and starts the game.
import { PyodideWorker } from "../worker/PyodideWorker.js";
import { stamp } from "../worker/protocol.js";
import { loadAssets } from "./assets.js";
//% if completion
import { drawCode } from "./completion.js";
//% endif
import { site } from "./config.js";
import { readGlobals } from "./globals.js";
import { Bindings } from "./input/bindings.js";
import { KeyState } from "./input/key_state.js";
import { Keyboard } from "./input/keyboard.js";
import { offerInspection } from "./inspection.js";
import { makeGame, makeScreens, pageParameters } from "./make_game.js";
import { followPage } from "./page_life.js";
import { LoadProgress, totalBytes } from "./progress.js";
import { makeView } from "./render/make_view.js";
import { Stage } from "./render/stage.js";
import { drawSessionSeed } from "./seeds.js";
import { SessionRecord } from "./session_record.js";
import { Ticker } from "./ticker.js";
import { byId } from "./ui/dom.js";
import { Screens } from "./ui/screens.js";
import { applyTheme } from "./ui/theme.js";
//% if dev
import "./dev_client.js";
import { reportFailures } from "./dev_report.js";
//% endif

/** @returns {Storage | null} null where the browser refuses to store */
function tabStorage() {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

/**
 * @param {Screens} screens
 * @param {Record<string, import("./site_config.js").GlobalValue>} globals
 * @param {SessionRecord} record
 * @returns {import("./remote_game.js").RemoteGame}
 */
function assemble(screens, globals, record) {
  const { game: settings, controls, assets } = site;
  const progress = new LoadProgress(totalBytes(site));
  const showProgress = () => screens.progress(progress.now);
  /** @param {unknown} error */
  const fail = (error) => game.fail(error);
  const worker = new PyodideWorker({
    url: new URL(IGBUILD_WORKER_URL, document.baseURI),
    timeouts: site.timeouts,
    onProgress: (event) => {
      progress.hear(event);
      showProgress();
    },
    onError: fail,
  });
  /** @type {import("./game_parts.js").GameParts} */
  const parts = {
    site,
    worker,
    globals,
    record,
    screens,
    ticker: new Ticker(new Worker(new URL(IGBUILD_TIMER_URL, document.baseURI), { type: "module", name: "timer" }), fail),
    controls: (agents) => new Keyboard(window, new KeyState(new Bindings(controls, agents), settings.inputMode)),
    stage: async () => {
      const loaded = await loadAssets(assets, (bytes) => {
        progress.assets(bytes);
        showProgress();
      });
      const box = { width: settings.width, height: settings.height };
      const element = byId("stage");
      element.style.height = `${box.height}px`;
      const view = await makeView(settings.render, { box, background: settings.background, assets: loaded });
      return new Stage(element, view, fail);
    },
    hidden: () => document.visibilityState === "hidden",
  };
  const game = makeGame(parts, { screens, worker, store: tabStorage() });
  followPage(game, { window, document, reload: () => location.reload() }, site.server !== undefined);
  // Without an error it is the browser's own remark, or a script of an extension: no reason to stop.
  window.addEventListener("error", ({ error }) => error && fail(error));
  window.addEventListener("unhandledrejection", ({ reason }) => fail(reason));
  return game;
}

function start() {
  applyTheme(site.game.background);
  const known = [...site.recorded, ...pageParameters(site)];
  const { values, others, problems } = readGlobals(location.search, site.globals, known);
  if (problems.length > 0) {
    new Screens(site, () => {}).refuse(problems);
    offerInspection(window, { site, game: null, record: null });
    return;
  }
  let code = null;
  //% if completion
  if (site.completion?.drawCode) code = drawCode();
  //% endif
  const record = new SessionRecord({
    // Nobody takes a seat again after a reload: the others are at another step.
    store: site.people ? null : tabStorage(),
    siteId: site.siteId,
    globals: values,
    parameters: others,
    seed: site.game.seed,
    draw: drawSessionSeed,
    code,
    at: stamp(),
  });
  const screens = makeScreens(site, () => {
    record.layAside();
    location.reload();
  });
  //% if dev
  reportFailures(screens);
  //% endif
  const game = assemble(screens, values, record);
  //% if dev
  // People who play with others cannot be made to wait for an edit.
  if (!site.people) window.addEventListener("igbuild-hold", () => game.hold());
  //% endif
  offerInspection(window, { site, game, record });
  void game.run();
}

// The preflight script has already said why nothing can run.
if (document.documentElement.dataset.phase !== "unsupported") start();
