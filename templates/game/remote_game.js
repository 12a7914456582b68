// RemoteGame: one player's session. It owns the episode loop; a tick is plan, one batch, rows, draw.
import { hudText } from "./hud.js";
import { scores } from "./rows.js";
import { episodeSeed } from "./seeds.js";
import { StepOps } from "./step_ops.js";
import { TickLoop } from "./tick_loop.js";
import { stamp } from "../worker/protocol.js";

/** @typedef {import("./game_parts.js").Controls} Controls */
/** @typedef {import("./game_parts.js").Episode} Episode */
/** @typedef {import("./game_parts.js").GameParts} GameParts */
/** @typedef {import("./game_parts.js").Phase} Phase */
/** @typedef {import("./game_parts.js").Plan} Plan */
/** @typedef {import("./game_parts.js").StepsPlan} StepsPlan */
/** @typedef {import("./render/view.js").Picture} Picture */
/** @typedef {import("./rows.js").Row} Row */
/** @typedef {import("./session_record.js").EpisodeRecord} EpisodeRecord */
/** @typedef {import("./session_record.js").LocalFacts} LocalFacts */
/** @typedef {import("./site_config.js").AgentId} AgentId */

/** Seconds counted down before an episode that follows another. */
const COUNTDOWN = 3;
/** How long the last picture of an episode stands before anything lies over it, in ms. */
const LAST_PICTURE = 1000;

/**
 * A session of episodes that one person plays, alone or against bots.
 *
 * A game of several peers extends it: `_join` finds them, `_play` begins and ends an episode together, `_plan` decides
 * what a tick does, `_apply` what its answer means.
 */
export class RemoteGame {
  #parts;
  /** @type {Phase} */
  #phase = "loading";
  /** @type {AgentId[]} */
  #agents = [];
  /** @type {AgentId[]} */
  #here = [];
  /** @type {Map<AgentId, string>} */
  #names = new Map();
  /** @type {Controls | null} */
  #controls = null;
  /** @type {Pick<import("./render/stage.js").Stage, "show"> | null} */
  #stage = null;
  /** @type {Episode | null} */
  #episode = null;
  #steps;
  /** The episode's last row waits for its hash. */
  #closing = false;
  #loop;
  /** Ends the episode under way. */
  #finish = () => {};

  /** @param {GameParts} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#steps = new StepOps(parts.site);
    this.#loop = new TickLoop(parts.ticker, {
      step: () => this.#step(),
      early: () => this.#onEarlyTick(),
      late: (dropped) => void (this.#episode && (this.#episode.droppedTicks += dropped)),
      fail: (error) => this.fail(error),
    });
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
    return this.#here[0] ?? this.#agents[0];
  }

  /** @returns {readonly Row[]} what happened in the episode so far; score, step count and HUD follow from it */
  get rows() {
    return this.#episode?.rows ?? [];
  }

  /** @returns {readonly LocalFacts[]} what only this page knows of the episode's steps */
  get facts() {
    return this.#episode?.facts ?? [];
  }

  /** @returns {number} how many of the rows cannot change any more */
  get settled() {
    return this.rows.length - (this.#closing ? 1 : 0);
  }

  /** @returns {Map<AgentId, number>} sum of each agent's rewards in the episode */
  get cumulative_rewards() {
    return scores(this.rows);
  }

  /** @returns {number} of `player` in the episode */
  get score() {
    return this.cumulative_rewards.get(this.player) ?? 0;
  }

  /** @returns {import("./inspection.js").PeersInspection | null} of the peers, in a game of several */
  get peers() {
    return null;
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
        if (this.#phase === "error") return;
        await this._play();
        await this.#showLast();
        if (this.phase === "error") return;
      }
      this._enter("end");
      this._close();
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
    this._enter("error");
    this._halt();
    this._close();
    this.#parts.screens.error(error);
  }

  /** Hear that the page was hidden or shown. */
  visibilityChanged() {
    const { record, hidden, site } = this.#parts;
    record.visibilityChanged(hidden(), stamp());
    if (hidden() && site.game.whenHidden === "pause") this.hold();
  }

  /** Pause, if anything is played; a key or a click goes on. */
  hold() {
    if (this.#phase === "playing") this.#pause();
  }

  /** @returns {string} the text above the picture, from the rows of the episode */
  getHUDText() {
    const { site } = this.#parts;
    const { episodes, maxSteps, fps } = site.game;
    const facts = { steps: this.rows.length, scores: this.cumulative_rewards, episode: this.#episode?.index ?? 0, episodes, maxSteps, fps };
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
   * Find out who plays which agent, once the environment is made.
   *
   * @param {import("../worker/PyodideWorker.js").EnvInfo} _env
   * @param {AgentId[]} humans the agents that people play, in the order in which they join
   * @returns {AgentId[] | Promise<AgentId[]>} those among them that are played at this page: here all
   */
  _join(_env, humans) {
    return humans;
  }

  /**
   * Decide what the next tick does: here one step with the keys of now, and its picture.
   *
   * @returns {Plan | StepsPlan | null} null: nothing can be done yet, and the tick passes
   */
  _plan() {
    const episode = /** @type {Episode} */ (this.#episode);
    const { actions, isFocused, keypress } = this._takeInput();
    const t = episode.rows.length;
    return {
      ops: this.#steps.ops(t, actions),
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
      isFocused: new Map(this.#here.map((agent) => [agent, visible])),
      keypress: Math.max(0, ...presses) || null,
    };
  }

  /** A tick came while a batch is under way: there is nothing to post, but peers may have to hear of it. */
  _planEarly() {}

  /**
   * Have the worker run what a plan holds, to the episode's end at the most.
   *
   * @param {import("../worker/protocol.js").Op[]} ops
   * @returns {Promise<{results: any[], done: boolean}>}
   */
  _ask(ops) {
    return this.#steps.answered(ops, this.#parts.worker.batch(ops, { stopOnDone: true }));
  }

  /**
   * Make rows of what the worker answered to a plan.
   *
   * @param {Plan} plan as `_plan` made it
   * @param {{results: any[], done: boolean}} answer
   * @param {Pick<LocalFacts, "stepSent" | "stepAnswered">} times
   * @returns {LocalFacts | undefined} of the step that the answer's picture shows
   */
  _apply(plan, { results, done }, times) {
    const { ops, frames, facts: planned } = /** @type {StepsPlan} */ (plan);
    const { rows, facts } = /** @type {Episode} */ (this.#episode);
    const made = this.#steps.rows(ops, frames, results);
    rows.push(...made);
    facts.push(...made.map((_, index) => Object.assign(planned[index], times)));
    if (done) {
      this.#closing = true;
      this.#loop.stop();
      this.#finish();
    }
    return facts.at(-1);
  }

  /** Run ticks until the episode is over, and record it. */
  async _play() {
    const { site, hidden } = this.#parts;
    const episode = /** @type {Episode} */ (this.#episode);
    episode.startedAt = stamp();
    const over = new Promise((resolve) => (this.#finish = () => resolve(undefined)));
    if (hidden() && site.game.whenHidden === "pause") this.#pause();
    else this.#resume();
    await over;
    this._halt();
    await this.#closeRows(episode.rows);
    this._finishEpisode(episode.rows, episode.facts);
  }

  /** @param {Row[]} rows of the episode that is over */
  async #closeRows(rows) {
    const last = rows[rows.length - 1];
    const ops = this.#steps.closing(last);
    if (ops.length > 0) {
      const { results } = await this.#steps.answered(ops, this.#parts.worker.batch(ops));
      if (results.length > 0) last.stateHash = results[0].hash;
    }
    this.#closing = false;
  }

  /**
   * Record the episode under way as over.
   *
   * @param {readonly Row[]} rows
   * @param {LocalFacts[]} facts one for each row
   * @param {import("./session_record.js").SyncFacts} [sync] what the peers agreed on, in a game of several
   */
  _finishEpisode(rows, facts, sync) {
    const { seed, startedAt, earlyTicks, droppedTicks } = /** @type {Episode} */ (this.#episode);
    const about = { seed, startedAt, endedAt: stamp(), earlyTicks, droppedTicks, facts, ...(sync && { sync }) };
    this.#parts.record.finishEpisode(about, rows, this.#agents);
  }

  /** Let people play: the picture is free, and keys count. */
  _playing() {
    this._enter("playing");
    this.#parts.screens.playing();
    this.#controls?.enable();
  }

  /** Keys do not count any more. */
  _stopPlaying() {
    this.#controls?.disable();
  }

  /** Ticks come from now on. */
  _startTicks() {
    this.#loop.start(1000 / this.#parts.site.game.fps);
  }

  /** @param {number} interval between ticks from now on, in ms */
  _pace(interval) {
    this.#loop.pace(interval);
  }

  /** No tick begins after this; one whose batch is under way still ends. */
  _halt() {
    this.#loop.stop();
    this._stopPlaying();
  }

  /** The session is over: give back what it held. */
  _close() {
    this.#loop.stop();
    this.#parts.worker.destroy();
    this.#parts.ticker.destroy();
  }

  /** @param {Phase} phase */
  _enter(phase) {
    this.#phase = phase;
    this.#parts.screens.enter(phase);
  }

  /**
   * @param {AgentId} agent
   * @returns {string} what participants call it
   */
  _nameOf(agent) {
    return this.#names.get(agent) ?? String(agent);
  }

  async #load() {
    const { site, worker, globals, screens } = this.#parts;
    screens.loading();
    const staged = this.#parts.stage();
    staged.catch(() => {}); // awaited below; the worker's failure may come first
    await worker.init(site.worker);
    const env = await worker.initEnv(globals);
    const { agents } = env;
    this.#agents = agents;
    const { humans, names, bots } = site.players;
    const played = humans?.filter((agent) => agents.includes(agent)) ?? agents.filter((agent) => !Object.hasOwn(bots, String(agent)));
    this.#names = this._convertToMap(names);
    this.#stage = await staged;
    this.#here = await this._join(env, played);
    this.#controls = this.#parts.controls(this.#here);
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

  async #showLast() {
    this._enter("over");
    await this.#parts.ticker.sleep(LAST_PICTURE);
  }

  async #waitForStart() {
    this._enter("start");
    await this.#parts.screens.start(this.#parts.record.session);
  }

  async #countDown() {
    const { screens, record, site, ticker } = this.#parts;
    this._enter("countdown");
    const last = /** @type {EpisodeRecord} */ (record.session.episodes.at(-1));
    const sum = new Map(last.scores).get(this.player) ?? 0;
    for (let left = COUNTDOWN; left > 0 && this.#phase === "countdown"; left--) {
      screens.countdown({ episode: last.episode + 1, episodes: site.game.episodes, score: sum, left });
      await ticker.sleep(1000);
    }
  }

  #pause() {
    this._halt();
    this._enter("paused");
    this.#parts.screens.pause().then(() => {
      if (this.#phase === "paused") this.#resume();
    });
  }

  #resume() {
    this._playing();
    this._startTicks();
  }

  #onEarlyTick() {
    if (this.#episode) this.#episode.earlyTicks += 1;
    this._planEarly();
  }

  /** Plan, one batch, rows, draw. */
  async #step() {
    const plan = this._plan();
    if (!plan) return;
    const stepSent = stamp();
    const answer = await this._ask(plan.ops);
    const shown = this._apply(plan, answer, { stepSent, stepAnswered: stamp() });
    const picture = answer.results.findLast((result) => result?.render_state)?.render_state;
    this._processRenderState(picture, shown);
    this.#parts.screens.hud(this.getHUDText());
  }
}
