// MultiplayerPyodideGame: one player's page of a game of several. Each tick the session's plan is one batch.
import { stamp } from "../worker/protocol.js";
import { BatchOps } from "./multiplayer/batch_ops.js";
import { calibrate } from "./multiplayer/calibration.js";
import { Ending } from "./multiplayer/ending.js";
import { exportEpisode } from "./multiplayer/episode_export.js";
import { EpisodeView } from "./multiplayer/episode_view.js";
import { HostedBots, hostedBots } from "./multiplayer/hosted_bots.js";
import { GameHalted, STATE_NOT_RESTORED } from "./multiplayer/halting.js";
import { identityOf } from "./multiplayer/identity.js";
import { LocalInput } from "./multiplayer/local_input.js";
import { PeerNotices } from "./multiplayer/peer_notices.js";
import { opened, splitPlan } from "./multiplayer/plan_parts.js";
import { PlayerSlots } from "./multiplayer/player_slots.js";
import { comesBack } from "./multiplayer/state_probe.js";
import { StepFacts } from "./multiplayer/step_facts.js";
import { RemoteGame } from "./remote_game.js";
import { Session } from "./rollback/session.js";

/** @typedef {import("../worker/protocol.js").Op} Op */
/** @typedef {import("./multiplayer/multiplayer_parts.js").MultiplayerParts} MultiplayerParts */
/** @typedef {import("./rollback/types.js").BatchPlan} BatchPlan */
/** @typedef {import("./rollback/types.js").EpisodeRecord} EpisodeRecord */
/** @typedef {import("./rollback/types.js").Packet} Packet */
/** @typedef {import("./rollback/types.js").RollbackEvent} RollbackEvent */
/** @typedef {import("./site_config.js").AgentId} AgentId */

/** @typedef {{ops: Op[], batch: BatchPlan}} SessionPlan a plan of the session, and the ops that it became */

/** Seconds after which a wait for the others' start is worth words. */
const PATIENCE = 0.4;
/** A change of the tick's length that is worth a message to the timer, in ms. */
const PACE_STEP = 0.05;

/** A session of episodes that several people play, each on a page of their own, all of them the same game. */
export class MultiplayerPyodideGame extends RemoteGame {
  #parts;
  /** @type {Session | null} */
  #session = null;
  /** @type {EpisodeView | null} */
  #view = null;
  /** @type {PlayerSlots | null} */
  #slots = null;
  /** @type {PeerNotices | null} */
  #notices = null;
  /** @type {import("./multiplayer/multiplayer_parts.js").Link | null} */
  #link = null;
  #input;
  #facts = new StepFacts();
  #bots = new HostedBots();
  /** @type {BatchOps | null} */
  #ops = null;
  #period = 0;
  #waited = 0;
  /** @type {((record: EpisodeRecord) => void) | null} */
  #onEnded = null;
  /** @type {Ending | null} */
  #ending = null;

  /** @param {MultiplayerParts} parts */
  constructor(parts) {
    super(parts);
    this.#parts = parts;
    this.#input = new LocalInput(() => this._takeInput(), parts.site.game.inputMode);
  }

  // WHAT ANYONE MAY LOOK AT

  /** @override */
  get rows() {
    return this.#view?.rows ?? [];
  }

  /** @override */
  get facts() {
    return this.#facts.list(this.rows.length, this.#session?.episode?.log.localFacts ?? []);
  }

  /** @override */
  get settled() {
    return this.#view?.settled ?? 0;
  }

  /** @returns {number} steps of the episode so far */
  get step_num() {
    return this.rows.length;
  }

  /** @override */
  get cumulative_rewards() {
    return this.#view?.cumulativeRewards ?? new Map();
  }

  /** @returns {boolean} whether the batch under way replays steps */
  get rollbackInProgress() {
    return this.#session?.rollbackInProgress ?? false;
  }

  /** @returns {number} steps between two snapshots; 0 before it is measured */
  get snapshotInterval() {
    return this.#session?.config.snapshotInterval ?? 0;
  }

  /** @returns {readonly number[]} steps before which the worker holds the state */
  get stateSnapshots() {
    return this.#view?.stateSnapshots ?? [];
  }

  /** @returns {boolean} whether neither the end page nor the error page is there */
  get goesOn() {
    return this.phase !== "end" && this.phase !== "error";
  }

  /** @returns {Map<AgentId, boolean>} whether each player looked at the game in the latest step */
  getFocusStatePerPlayer() {
    return this.#view?.focus ?? new Map();
  }

  /** @override */
  get peers() {
    return this.#view?.inspection ?? null;
  }

  // BEGINNING AND END

  /**
   * Measure what this page can afford, meet the others, and begin to tick.
   *
   * @override
   * @param {import("../worker/PyodideWorker.js").EnvInfo} env
   * @param {AgentId[]} humans
   * @returns {Promise<AgentId[]>}
   * @throws {GameHalted} where the environment cannot go back to an earlier state
   */
  async _join(env, humans) {
    const { site, worker, record, hidden, screens } = this.#parts;
    const { multiplayer, game } = site;
    if (!multiplayer || humans.length !== site.players.humans?.length) {
      throw new Error(`players.humans names ${site.players.humans?.join(", ") ?? "nobody"}, but the environment's agents are ${env.agents.join(", ")}.`);
    }
    const slots = (this.#slots = new PlayerSlots(humans, env, site.controls, hostedBots(site.players.bots, env.agents)));
    const sample = { seed: record.session.sessionSeed, actions: slots.exampleActions(0) };
    const own = await calibrate(worker, { ...sample, wished: multiplayer, fps: game.fps });
    if (!(await this.validateStateSync())) throw new GameHalted(STATE_NOT_RESTORED);

    const { link, me, tag, seed } = await this.#parts.match(humans);
    this.#bots = new HostedBots(slots.hosts(me));
    this.#ops = new BatchOps(slots, this.#bots, { observations: site.server?.observations, debug: this.#parts.debug });
    record.agreeOn(game.seed ?? seed);
    await this.seedPythonEnvironment(record.session.sessionSeed);
    const session = (this.#session = new Session({
      ...multiplayer,
      ...own,
      players: humans.length,
      me,
      tag,
      fps: game.fps,
      actionBytes: slots.actionBytes,
      identity: identityOf(this.#parts, humans),
    }));
    session.setHidden(hidden());
    this.#view = new EpisodeView({ session, slots, index: () => this.episode?.index });
    this.#notices = new PeerNotices(humans, me, (agent) => this._nameOf(agent), screens);
    this.#ending = new Ending(humans.length, (slot) => this._nameOf(humans[slot]));
    this.#link = link;
    link.onMessage = (from, channel, data) => this.#hearPacket(from, channel, data);
    this._startTicks();
    return [humans[me]];
  }

  /**
   * Seed Python's own generators alike on all pages, whatever each has drawn while it loaded.
   *
   * @param {number} seed
   */
  seedPythonEnvironment(seed) {
    return this.#parts.worker.seedRng(seed >>> 1);
  }

  /** @returns {Promise<string>} of the environment's state as it is, 64 hex digits */
  async computeQuickStateHash() {
    return (await this.#parts.worker.computeHash()).hash;
  }

  /**
   * Probe whether the environment comes back to a state, and from there to the same one again.
   *
   * @returns {Promise<boolean>}
   */
  validateStateSync() {
    const { worker, record } = this.#parts;
    const slots = /** @type {PlayerSlots} */ (this.#slots);
    const hash = () => this.computeQuickStateHash();
    return comesBack(worker, { seed: record.session.sessionSeed >>> 1, actions: (step) => slots.exampleActions(step), hash });
  }

  /**
   * Begin an episode together once the paths to all were tried anew, and record it when all have ended it.
   *
   * @override
   */
  async _play() {
    const session = /** @type {Session} */ (this.#session);
    const ended = new Promise((/** @type {(record: EpisodeRecord) => void} */ resolve) => (this.#onEnded = resolve));
    this.#facts.clear();
    this.#waited = 0;
    this._enter("waiting");
    await this.#link?.check(session.roster.peers());
    if (this.phase === "waiting") session.beginEpisode();
    this.#record(await ended);
  }

  /** @param {EpisodeRecord} ended */
  #record(ended) {
    const { config } = /** @type {Session} */ (this.#session);
    const slots = /** @type {PlayerSlots} */ (this.#slots);
    const { rows, facts, sync } = exportEpisode(ended, { slots, facts: this.#facts, me: this.player, config });
    this._stopPlaying();
    this._finishEpisode(rows, facts, sync);
  }

  /**
   * Hear that the page was hidden or shown: the game goes on, but the others know that nobody looks.
   *
   * @override
   */
  visibilityChanged() {
    const { record, hidden } = this.#parts;
    record.visibilityChanged(hidden(), stamp());
    this.#session?.setHidden(hidden());
    this.#declareAbsence();
  }

  /** Tell the others at once where a hidden page may freeze at any time. */
  #declareAbsence() {
    const { hidden, freezes } = this.#parts;
    if (hidden() && freezes) this.#send(this.#session?.goAway() ?? []);
  }

  /**
   * Hear that the path to a peer is being looked for, so that its silence is borne for longer.
   *
   * @param {number} slot
   * @param {boolean} recovering
   */
  setRecovering(slot, recovering) {
    if (!this.goesOn) return;
    this.#session?.setRecovering(slot, recovering);
    this.#notices?.recovering(slot, recovering);
  }

  /** Tell the others that this page leaves for good. */
  leave() {
    this.#send(this.#session?.leave() ?? []);
  }

  /** @override */
  _close() {
    this.leave();
    super._close();
  }

  // A TICK

  /**
   * @override
   * @returns {SessionPlan | null}
   */
  _plan() {
    const batch = this.#turn();
    return batch && { batch, ops: this.#opsOf(batch) };
  }

  /** @override */
  _planEarly() {
    this.#turn();
  }

  /** @returns {BatchPlan | null} what the session wants of the worker */
  #turn() {
    const session = /** @type {Session} */ (this.#session);
    const input = session.phase === "running" ? this.#input.next() : null;
    session.setInput(this.#encode(input));
    const turn = session.tick(performance.now());
    const { batch, packets, events, authored, periodMs } = turn;
    //% if dev
    this.#parts.recorder?.tick(session, turn);
    //% endif
    this.#send(packets);
    if (input && authored) {
      this.#facts.authored(session.episode?.slots.authored ?? 0, authored, input.keypress, stamp());
      this.#input.taken();
    }
    for (const event of events) this.#hear(event);
    this.#wait();
    if (Math.abs(periodMs - this.#period) > PACE_STEP) {
      this.#period = periodMs;
      this._pace(periodMs);
    }
    return batch;
  }

  /** @param {import("./multiplayer/local_input.js").TakenInput | null} input null: an episode may begin, but keys do not count yet */
  #encode(input) {
    const { me } = /** @type {Session} */ (this.#session).config;
    const slots = /** @type {PlayerSlots} */ (this.#slots);
    const actions = input?.actions ?? slots.exampleActions(0);
    return slots.encode(me, actions.get(slots.humans[me]), this.#bots.actions);
  }

  /** Say for whom this page waits, and end a game whose end was put off. */
  #wait() {
    if (this.phase === "waiting" && ++this.#waited === Math.ceil(PATIENCE * this.#parts.site.game.fps)) this.#notices?.waiting();
    if (this.goesOn) this.#notices?.look(this.getFocusStatePerPlayer(), this.#session?.phase === "ended");
    //% if dev
    if (this.#parts.recorder?.gathering) return;
    //% endif
    const over = this.#ending?.due(performance.now());
    if (over) this.fail(over);
  }

  /** @param {BatchPlan} plan @returns {Op[]} */
  #opsOf(plan) {
    const { again, onward } = splitPlan(plan);
    const played = opened(onward) > 1 ? this._performFastForward(onward) : this.stepWithActions(onward);
    return this.#bots.ask(again ? [...this.performRollback(again), ...played] : played);
  }

  /**
   * Go back to a snapshot and replay with the right inputs, saving and hashing on the way.
   *
   * @param {BatchPlan} plan
   * @returns {Op[]}
   */
  performRollback(plan) {
    return this.#toOps(plan);
  }

  /**
   * Catch up with what all have played, up to 60 steps.
   *
   * @param {BatchPlan} plan
   * @returns {Op[]}
   */
  _performFastForward(plan) {
    return this.#toOps(plan);
  }

  /**
   * Play one new step, if there is one, and close the batch: the final save, hash and picture; or begin the episode.
   *
   * @param {BatchPlan} plan
   * @returns {Op[]}
   */
  stepWithActions(plan) {
    return this.#toOps(plan);
  }

  /** @param {BatchPlan} plan */
  #toOps(plan) {
    return /** @type {BatchOps} */ (this.#ops).of(plan, this.episode?.seed);
  }

  /**
   * @override
   * @param {import("./game_parts.js").Plan} plan
   * @param {{results: any[], done: boolean}} answer
   * @param {{stepSent: number, stepAnswered: number}} times
   */
  _apply(plan, { results }, times) {
    const { batch, ops } = /** @type {SessionPlan} */ (plan);
    //% if dev
    this.#parts.recorder?.answered(this.#parts.worker.lastTiming?.python);
    //% endif
    const reply = /** @type {BatchOps} */ (this.#ops).fold(batch, ops, results);
    this.#session?.onBatchReply(reply);
    const last = reply.rows.at(-1)?.frame;
    const first = batch.from + batch.replayed;
    for (const { frame } of reply.rows) if (frame >= first) this.#facts.stepped(frame, times);
    return last === undefined ? undefined : this.#facts.of(last);
  }

  /**
   * A state that cannot be hashed ends a game of several: without hashes nobody would notice that it is not one game.
   *
   * @override
   * @param {Op[]} ops
   */
  _ask(ops) {
    return this.#parts.worker.batch(ops, { stopOnDone: true });
  }

  // THE OTHERS

  /** @param {Packet[]} packets */
  #send(packets) {
    for (const { to, channel, data } of packets) this.#link?.send(to, channel, data);
  }

  /** @param {number} from @param {import("./rollback/types.js").Channel} channel @param {unknown} data */
  #hearPacket(from, channel, data) {
    if (this.#session && this.goesOn) this.#send(this.#session.onPacket(from, channel, data, performance.now()));
  }

  /** @param {RollbackEvent} event */
  #hear(event) {
    //% if dev
    this.#parts.recorder?.hear(event, /** @type {Session} */ (this.#session), (inputs) => /** @type {PlayerSlots} */ (this.#slots).actionsOf(inputs));
    //% endif
    this.#notices?.hear(event);
    this.#ending?.hear(event, performance.now());
    switch (event.type) {
      case "EpisodeStarted":
        /** @type {import("./game_parts.js").Episode} */ (this.episode).startedAt = stamp();
        this._playing();
        this.#declareAbsence();
        break;
      case "EpisodeEnded":
        this.#onEnded?.(event.record);
        break;
      case "PeerLeft":
      case "PeerDropped":
        this.#link?.letGo(event.player);
        break;
      case "Halted":
        if (event.record) this.#record(event.record);
    }
  }
}
