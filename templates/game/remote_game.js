// RemoteGame: one player's session. It owns the episode loop; a tick is plan, one batch, rows, draw.
import { hudText } from "./hud.js";
import { makeRow, score } from "./rows.js";
import { episodeSeed } from "./seeds.js";
import { stamp } from "../worker/protocol.js";

/** @typedef {import("../worker/protocol.js").Op} Op */
/** @typedef {import("./input/key_state.js").Sample} Sample */
/** @typedef {import("./render/view.js").Picture} Picture */
/** @typedef {import("./rows.js").PlannedRow} PlannedRow */
/** @typedef {import("./rows.js").Row} Row */
/** @typedef {import("./session_record.js").EpisodeRecord} EpisodeRecord */
/** @typedef {import("./session_record.js").LocalFacts} LocalFacts */
/** @typedef {import("./site_config.js").AgentId} AgentId */

/** @typedef {"loading" | "start" | "countdown" | "playing" | "paused" | "end" | "error"} Phase */

/**
 * What a game is made of. The edges (worker, keyboard, timers, page) are handed in, so that the loop itself is plain
 * code without a DOM.
 *
 * @typedef {object} GameParts
 * @property {import("./site_config.js").SiteConfig} site
 * @property {Pick<import("../worker/PyodideWorker.js").PyodideWorker, "init" | "initEnv" | "batch" | "destroy">} worker
 * @property {Record<string, import("./site_config.js").GlobalValue>} globals
 * @property {import("./session_record.js").SessionRecord} record
 * @property {Pick<import("./ticker.js").Ticker, "start" | "stop" | "sleep" | "destroy">} ticker
 * @property {import("./ui/screens.js").GameScreens} screens
 * @property {(agents: AgentId[]) => Controls} controls makes the keyboard for the agents that people play here
 * @property {() => Promise<Pick<import("./render/stage.js").Stage, "show">>} stage makes the stage; its assets load meanwhile
 * @property {() => boolean} hidden whether the page is hidden
 */

/** @typedef {{enable: () => void, disable: () => void, sample: () => Map<AgentId, Sample>}} Controls */

/**
 * What one tick does.
 *
 * @typedef {object} Plan
 * @property {Op[]} ops of the one batch
 * @property {PlannedRow[]} frames one for each `step` among them, in order
 * @property {LocalFacts[]} facts one for each frame
 */

/**
 * An episode under way.
 *
 * @typedef {object} Episode
 * @property {number} index 0 for the first
 * @property {number} seed
 * @property {number} startedAt ms since the epoch
 * @property {Row[]} rows
 * @property {LocalFacts[]} facts one for each row
 * @property {number} earlyTicks
 * @property {number} droppedTicks
 */

/** Seconds counted down before an episode that follows another. */
const COUNTDOWN = 3;

/** A tick that came while a batch was under way is made up for, once: more would be a burst after a slow step. */
const MAX_OWED = 1;

/**
 * A session of episodes that one person plays, alone or against bots.
 *
 * A game of several peers extends it: `_plan` decides what a tick does, `_apply` what its answer means.
 */
export class RemoteGame {
  #parts;
  /** @type {Phase} */
  #phase = "loading";
  /** @type {AgentId[]} */
  #agents = [];
  /** @type {AgentId[]} */
  #humans = [];
  /** @type {Map<AgentId, string>} */
  #names = new Map();
  /** @type {Controls | null} */
  #controls = null;
  /** @type {Pick<import("./render/stage.js").Stage, "show"> | null} */
  #stage = null;
  /** @type {Episode | null} */
  #episode = null;
  #inFlight = false;
  #owed = 0;
  #running = false;
  /** Ends the episode under way. */
  #finish = () => {};

  /** @param {GameParts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /** @returns {Phase} */
  get phase() {
    return this.#phase;
  }

  /** @returns {Readonly<Episode> | null} the episode under way, or the last */
  get episode() {
    return this.#episode;
  }

  /** The agents' ids in the environment's order; empty while loading. */
  get agents() {
    return this.#agents;
  }

  /** The agent whose score this page shows: the first that a person plays here. */
  get player() {
    return this.#humans[0] ?? this.#agents[0];
  }

  /** @returns {number} of `player` in the episode */
  get score() {
    return score(this.#episode?.rows ?? [], this.player);
  }

  /**
   * Load, play every episode that the session still has, and end.
   *
   * @returns {Promise<void>} settled at the end page or the error page; never rejects
   */
  async run() {
    const { site, record, screens } = this.#parts;
    try {
      const first = record.session.episode;
      if (first < site.game.episodes) await this.#load();
      for (let index = first; index < site.game.episodes; index++) {
        await this.#begin(index);
        if (index === first) await this.#waitForStart();
        else await this.#countDown();
        await this.#play();
      }
      this.#enter("end");
      this.#parts.worker.destroy();
      this.#parts.ticker.destroy();
      screens.end(record.session);
    } catch (error) {
      this.fail(error);
    }
  }

  /**
   * Stop for good and show what happened. Only the first failure counts: others follow from it.
   *
   * @param {unknown} error
   */
  fail(error) {
    if (this.#phase === "error" || this.#phase === "end") return;
    this.#enter("error");
    this.#halt();
    this.#parts.worker.destroy();
    this.#parts.ticker.destroy();
    this.#parts.screens.error(error);
  }

  /** Hear that the page was hidden or shown. */
  visibilityChanged() {
    const { record, hidden, site } = this.#parts;
    record.visibilityChanged(hidden(), stamp());
    if (hidden() && site.game.whenHidden === "pause" && this.#phase === "playing") this.#pause();
  }

  /** @returns {string} the text above the picture, from the rows of the episode */
  getHUDText() {
    const { site } = this.#parts;
    const { episodes, maxSteps, fps } = site.game;
    const facts = { rows: this.#episode?.rows ?? [], episode: this.#episode?.index ?? 0, episodes, maxSteps, fps };
    return hudText(site.game.hud, { ...facts, agent: this.player, names: this.#names });
  }

  /**
   * Show a picture, an RGB frame or a draw list, from the next repaint on.
   *
   * @param {Picture | undefined} renderState as the worker answered it
   * @param {LocalFacts} [facts] of the step that it shows, told when it was drawn
   */
  _processRenderState(renderState, facts) {
    if (!renderState || !this.#stage) return;
    const { render } = this.#parts.site.game;
    if (renderState.kind !== (render === "draw" ? "draw" : "rgb")) {
      const wanted = render === "draw" ? "a Surface" : "an array of pixels";
      throw new Error(`The environment's render() did not give ${wanted}, as render = "${render}" in experiment.toml promises.`);
    }
    this.#stage.show(renderState, (at) => {
      if (facts) facts.drawn = performance.timeOrigin + at;
    });
  }

  /**
   * Key a table of the configuration by the environment's own agent ids: in JSON every key is a string, so 1 became
   * "1".
   *
   * @template T
   * @param {Record<string, T>} table keyed by `String(id)`
   * @returns {Map<AgentId, T>} in the order of agents; entries of no agent are left out
   */
  _convertToMap(table) {
    const known = this.#agents.filter((agent) => Object.hasOwn(table, String(agent)));
    return new Map(known.map((agent) => [agent, table[String(agent)]]));
  }

  /**
   * Decide what the next tick does: here one step with the keys of now, and its picture.
   *
   * @returns {Plan | null} null: nothing can be done yet, and the tick passes
   */
  _plan() {
    const episode = /** @type {Episode} */ (this.#episode);
    const { actions, isFocused, keypress } = this._takeInput();
    const t = episode.rows.length;
    return {
      ops: [{ op: "step", params: { actions } }, { op: "render" }],
      frames: [{ episode: episode.index, t, actions, isFocused }],
      facts: [{ t, keypress, queueExit: stamp(), stepSent: 0, stepAnswered: 0, drawn: null }],
    };
  }

  /**
   * Take what the people at this page do in one step.
   *
   * @returns {{actions: Map<AgentId, unknown>, isFocused: Map<AgentId, boolean>, keypress: number | null}} by agent;
   *   `keypress`: when the latest key among them went down, ms since the epoch
   */
  _takeInput() {
    const samples = this.#controls?.sample() ?? new Map();
    const presses = [...samples.values()].map(({ pressedAt }) => pressedAt ?? 0);
    const visible = !this.#parts.hidden();
    return {
      actions: new Map([...samples].map(([agent, { action }]) => [agent, action])),
      isFocused: new Map(this.#humans.map((agent) => [agent, visible])),
      keypress: Math.max(0, ...presses) || null,
    };
  }

  /**
   * Make rows of what the worker answered to a plan.
   *
   * @param {Plan} plan
   * @param {{results: any[], done: boolean}} answer
   * @param {Pick<LocalFacts, "stepSent" | "stepAnswered">} times
   * @returns {boolean} whether the episode is over
   */
  _apply(plan, { results, done }, times) {
    const { rows, facts } = /** @type {Episode} */ (this.#episode);
    const steps = results.filter((_, index) => plan.ops[index].op === "step");
    steps.forEach((result, index) => {
      rows.push(makeRow(plan.frames[index], result));
      facts.push(Object.assign(plan.facts[index], times));
    });
    return done;
  }

  async #load() {
    const { site, worker, globals, screens } = this.#parts;
    screens.loading();
    const staged = this.#parts.stage();
    staged.catch(() => {}); // awaited below; the worker's failure may come first
    await worker.init(site.worker);
    const { agents } = await worker.initEnv(globals);
    this.#agents = agents;
    const { humans, names, bots } = site.players;
    this.#humans = humans === null ? agents.filter((agent) => !Object.hasOwn(bots, String(agent))) : agents.filter((agent) => humans.includes(agent));
    this.#names = this._convertToMap(names);
    this.#controls = this.#parts.controls(this.#humans);
    this.#stage = await staged;
  }

  /**
   * Reset the environment for an episode and show its first picture.
   *
   * @param {number} index
   */
  async #begin(index) {
    const { record, worker, screens } = this.#parts;
    const seed = episodeSeed(record.session.sessionSeed, index);
    const { results } = await worker.batch([{ op: "reset", params: { seed } }, { op: "render" }]);
    this.#episode = { index, seed, startedAt: 0, rows: [], facts: [], earlyTicks: 0, droppedTicks: 0 };
    this._processRenderState(results[1].render_state);
    screens.hud(this.getHUDText());
  }

  async #waitForStart() {
    this.#enter("start");
    await this.#parts.screens.start(this.#parts.record.session);
  }

  async #countDown() {
    const { screens, record, site, ticker } = this.#parts;
    this.#enter("countdown");
    const last = /** @type {EpisodeRecord} */ (record.session.episodes.at(-1));
    const sum = new Map(last.scores).get(this.player) ?? 0;
    for (let left = COUNTDOWN; left > 0 && this.#phase === "countdown"; left--) {
      screens.countdown({ episode: last.episode + 1, episodes: site.game.episodes, score: sum, left });
      await ticker.sleep(1000);
    }
  }

  /** Run ticks until the episode is over, and record it. */
  async #play() {
    const { record, site, hidden } = this.#parts;
    const episode = /** @type {Episode} */ (this.#episode);
    episode.startedAt = stamp();
    const over = new Promise((resolve) => (this.#finish = () => resolve(undefined)));
    if (hidden() && site.game.whenHidden === "pause") this.#pause();
    else this.#resume();
    await over;
    this.#halt();
    const { seed, startedAt, earlyTicks, droppedTicks, facts, rows } = episode;
    record.finishEpisode({ seed, startedAt, endedAt: stamp(), earlyTicks, droppedTicks, facts }, rows, this.#agents);
  }

  #pause() {
    this.#halt();
    this.#enter("paused");
    this.#parts.screens.pause().then(() => {
      if (this.#phase === "paused") this.#resume();
    });
  }

  #resume() {
    const { screens, ticker, site } = this.#parts;
    this.#enter("playing");
    screens.playing();
    this.#controls?.enable();
    this.#owed = 0;
    this.#running = true;
    ticker.start(1000 / site.game.fps, (dropped) => this.#onTick(dropped));
  }

  /** No tick begins after this; one whose batch is under way still ends. */
  #halt() {
    this.#running = false;
    this.#parts.ticker.stop();
    this.#controls?.disable();
  }

  /** @param {number} dropped */
  #onTick(dropped) {
    const episode = this.#episode;
    if (!this.#running || !episode) return;
    episode.droppedTicks += dropped;
    if (this.#inFlight) {
      episode.earlyTicks += 1;
      this.#owed = Math.min(this.#owed + 1, MAX_OWED);
    } else this.#tick();
  }

  async #tick() {
    this.#inFlight = true;
    try {
      do await this.#step();
      while (this.#running && this.#owed-- > 0);
    } catch (error) {
      this.fail(error);
    } finally {
      this.#owed = 0;
      this.#inFlight = false;
    }
  }

  /** Plan, one batch, rows, draw. */
  async #step() {
    const { worker, screens } = this.#parts;
    const plan = this._plan();
    if (!plan) return;
    const stepSent = stamp();
    const answer = await worker.batch(plan.ops, { stopOnDone: true });
    const over = this._apply(plan, answer, { stepSent, stepAnswered: stamp() });
    const picture = answer.results.findLast((result) => result?.render_state)?.render_state;
    this._processRenderState(picture, this.#episode?.facts.at(-1));
    screens.hud(this.getHUDText());
    if (!over) return;
    this.#running = false;
    this.#finish();
  }

  /** @param {Phase} phase */
  #enter(phase) {
    this.#phase = phase;
    this.#parts.screens.enter(phase);
  }
}
