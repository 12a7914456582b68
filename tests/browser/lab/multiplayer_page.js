// The multiplayer laboratory: two whole games in one page, each with its own Python, and a bad net in between.
import { takeTraffic } from "./multiplayer_traffic.js";
import { LoopbackNet } from "./multiplayer_link.js";
import { PyodideWorker } from "../../../templates/worker/PyodideWorker.js";
import { escapeWire } from "../../../templates/worker/wire.js";
import { site } from "../../../templates/game/config.js";
import { MultiplayerPyodideGame } from "../../../templates/game/multiplayer_game.js";
import { makeView } from "../../../templates/game/render/make_view.js";
import { randomStream } from "../../../templates/game/random_stream.js";
import { Stage } from "../../../templates/game/render/stage.js";
import { SessionRecord } from "../../../templates/game/session_record.js";
import { Ticker } from "../../../templates/game/ticker.js";

/** @typedef {import("../../../templates/game/rollback/types.js").BatchPlan} BatchPlan */

/**
 * @typedef {object} Run
 * @property {number} seed of the net and of what the players do
 * @property {import("./multiplayer_link.js").Quality} quality
 * @property {number} [episodes]
 * @property {number} change probability that a player chooses anew in a step
 * @property {{after: number, lasts: number}} [blackout] in every episode, in ms
 * @property {{peer: number, after: number, lasts: number}} [freeze] of one page, in the first episode
 * @property {number} [modelsAt] the only peer whose worker is given the ONNX models
 */

/** After which a session that has not ended never will, in ms. */
const PATIENCE_MS = 70_000;
const ACTIONS = [0, 1, 2, 3, 300];

/** @param {number} ms */
const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms));

/** A game that notes what it plans. */
class WatchedGame extends MultiplayerPyodideGame {
  /** @type {{episode: number, frames: number, render: boolean}[]} */
  forwards = [];
  rollbacks = 0;

  /** @override @param {BatchPlan} plan */
  performRollback(plan) {
    this.rollbacks++;
    return super.performRollback(plan);
  }

  /** @override @param {BatchPlan} plan */
  _performFastForward(plan) {
    this.forwards.push({ episode: plan.epoch, frames: plan.steps.length, render: plan.render });
    return super._performFastForward(plan);
  }
}

/** One player with a page of their own, all but the document. */
class Peer {
  hidden = false;
  frozen = false;
  /** Pictures handed to the canvas. */
  pictures = 0;
  /** @type {string[]} */
  trace = [];
  /** @type {string[]} */
  phases = [];
  /** @type {string[]} */
  notices = [];
  /** @type {any[]} */
  errors = [];
  hud = "";
  /** HUD text against rows, in every tick. */
  hudDiffers = 0;

  /** @param {number} me @param {Run} run @param {LoopbackNet} net */
  constructor(me, run, net) {
    const worker = run.modelsAt === undefined || run.modelsAt === me ? site.worker : { ...site.worker, onnx: undefined };
    const settings = { ...site, worker, game: { ...site.game, episodes: run.episodes ?? site.game.episodes } };
    const fail = (/** @type {unknown} */ error) => this.game.fail(error);
    this.worker = new PyodideWorker({ url: IGBUILD_WORKER_URL, timeouts: site.timeouts, onError: fail });
    this.record = new SessionRecord({ store: null, siteId: site.siteId, globals: {}, seed: null, draw: () => me, at: 0 });
    this.game = new WatchedGame({
      site: settings,
      worker: this.worker,
      globals: {},
      record: this.record,
      ticker: this.#ticker(fail),
      screens: this.#screens(),
      controls: (agents) => player(run.seed * 2 + me, agents, run.change),
      stage: () => this.#stage(fail),
      hidden: () => this.hidden,
      match: async () => ({ link: net.link(me), me, tag: 0xc0ffee, seed: run.seed }),
      freezes: true,
      debug: (line) => this.trace.push(`${this.game.episode?.index} ${line}`),
    });
  }

  /** @param {(error: unknown) => void} fail */
  #ticker(fail) {
    const ticker = new Ticker(new Worker(IGBUILD_TIMER_URL, { type: "module" }), fail);
    const start = ticker.start.bind(ticker);
    ticker.start = (interval, onTick) => start(interval, (dropped) => void (this.frozen || onTick(dropped)));
    ticker.sleep = () => sleep(50); // the seconds of the countdown
    return ticker;
  }

  /** @param {(error: unknown) => void} fail */
  async #stage(fail) {
    const element = document.createElement("div");
    element.style.height = `${site.game.height}px`;
    document.body.append(element);
    const box = { width: site.game.width, height: site.game.height };
    const view = await makeView(site.game.render, { box, background: "#ffffff", assets: { images: new Map(), atlases: new Map() } });
    const stage = new Stage(element, view, fail);
    return {
      /** @type {Stage["show"]} */
      show: (picture, onDrawn) => {
        this.pictures++;
        stage.show(picture, onDrawn);
      },
    };
  }

  #screens() {
    return {
      enter: (/** @type {string} */ phase) => void this.phases.push(phase),
      loading() {},
      hud: (/** @type {string} */ text) => {
        this.hud = text;
        if (text !== `Score ${Number(this.game.score.toFixed(2))}`) this.hudDiffers++;
      },
      start: async () => {},
      countdown() {},
      playing() {},
      pause: () => new Promise(() => {}),
      waiting: (/** @type {string} */ text) => void this.notices.push(text),
      notice: (/** @type {string} */ text) => void this.notices.push(text),
      end() {},
      error: (/** @type {any} */ error) => void this.errors.push(`${error.name}: ${error.message}\n${error.stack}`),
    };
  }

  /** @param {boolean} hidden */
  look(hidden) {
    this.hidden = hidden;
    this.game.visibilityChanged();
  }
}

/**
 * Hands that press this and that.
 *
 * @param {number} seed
 * @param {any[]} agents
 * @param {number} change
 */
function player(seed, agents, change) {
  const random = randomStream(seed);
  let action = 0;
  return {
    enable() {},
    disable() {},
    sample: () => {
      if (random() < change) action = ACTIONS[Math.floor(random() * ACTIONS.length)];
      return new Map(agents.map((agent) => [agent, { action, keys: "k", pressedAt: performance.timeOrigin + performance.now() }]));
    },
  };
}

/**
 * @param {Run} run
 * @param {LoopbackNet} net
 * @param {Peer[]} peers
 * @param {boolean[]} blackouts of each episode: whether it was still being played when the blackout ended
 */
async function misfortune({ blackout, freeze, episodes = site.game.episodes }, net, peers, blackouts) {
  for (let episode = 0; episode < episodes; episode++) {
    const playing = () => peers.every(({ game }) => game.phase === "playing" && game.episode?.index === episode);
    const over = () => peers.some(({ game }) => game.phase === "error" || game.phase === "end");
    while (!playing() && !over()) await sleep(20);
    if (over()) return;
    if (blackout) {
      await sleep(blackout.after);
      net.blackout = true;
      await sleep(blackout.lasts);
      blackouts.push(playing());
      net.blackout = false;
    }
    if (freeze && episode === 0) {
      await sleep(freeze.after);
      const peer = peers[freeze.peer];
      peer.look(true);
      peer.frozen = true;
      net.freeze(freeze.peer);
      await sleep(freeze.lasts);
      peer.frozen = false;
      net.thaw(freeze.peer);
      peer.look(false);
    }
  }
}

/**
 * Play a session on both pages.
 *
 * @param {Run} run
 */
async function play(run) {
  takeTraffic();
  const net = new LoopbackNet(run.seed, run.quality, 2);
  const peers = [0, 1].map((me) => new Peer(me, run, net));
  Object.assign(globalThis, { peers });
  for (const { game } of peers) void game.run();
  // A game that failed never ends its episode, and neither may be waited for for ever.
  const over = (/** @type {Peer} */ { game }) => game.phase === "end" || game.phase === "error";
  /** @type {boolean[]} */
  const blackouts = [];
  void misfortune(run, net, peers, blackouts);
  const until = performance.now() + PATIENCE_MS;
  while (!peers.every(over) && performance.now() < until) await sleep(20);
  for (const peer of peers) {
    if (over(peer)) continue;
    peer.errors.push(`still ${peer.game.phase} after ${PATIENCE_MS} ms`);
    peer.game.fail(new Error("out of patience"));
  }
  const traffic = takeTraffic();
  return {
    net: { sent: net.sent, lost: net.lost },
    blackouts,
    peers: peers.map(({ game, record, trace, phases, notices, errors, pictures, hudDiffers }, i) => ({
      errors,
      phases,
      notices,
      pictures,
      hudDiffers,
      trace,
      rollbacks: game.rollbacks,
      forwards: game.forwards,
      stats: game.peers?.stats,
      snapshotInterval: game.snapshotInterval,
      episodes: record.session.episodes.map(({ rows, facts, seed, steps, scores, sync }) => ({ rows: JSON.stringify(escapeWire(rows)), facts, seed, steps, scores, sync })),
      traffic: traffic[i],
    })),
  };
}

Object.assign(globalThis, { multiplayer: { play, site } });
