// The session: one tick in, one batch and some packets out. What comes in between is recorded, and acted on in the tick.
import { Absence } from "./absence.js";
import { makeConfig } from "./config.js";
import { Episode } from "./episode.js";
import { RollbackError } from "./errors.js";
import { Greeting } from "./hello.js";
import { authoredInput } from "./input.js";
//% if dev
import { Invariants } from "./invariants.js";
//% endif
import { Links } from "./links.js";
import { Mailbox } from "./mailbox.js";
import { Outbox } from "./outbox.js";
import { Pacing } from "./pacing.js";
import { Roster } from "./roster.js";
import { Stats } from "./stats.js";

/** @typedef {import("./types.js").BatchPlan} BatchPlan */
/** @typedef {import("./types.js").BatchReply} BatchReply */
/** @typedef {import("./types.js").Channel} Channel */
/** @typedef {import("./types.js").HaltReason} HaltReason */
/** @typedef {import("./types.js").Packet} Packet */
/** @typedef {import("./types.js").RollbackEvent} RollbackEvent */
/** @typedef {import("./types.js").TickResult} TickResult */
/** @typedef {import("./planner.js").Turn} Turn */

/** Gap between ticks after which this peer's own clock counts as having stopped. */
const STOPPED_MS = 500;
/** Stalled ticks before anyone is told. */
const STALL_TICKS = 3;

/** Sans-IO: no timer, no socket, no worker. Times are milliseconds of one monotonic clock of the caller's. */
export class Session {
  /** @type {Episode | null} */
  episode = null;
  /** Why the session is over, if it is. @type {{reason: HaltReason, player: number | null} | null} */
  halted = null;
  stats = new Stats();
  /** @type {RollbackEvent[]} */
  #events = [];
  #mailbox = new Mailbox();
  /** @type {BatchPlan | null} */
  #inFlight = null;
  #nextId = 1;
  /** Players that said goodbye. @type {Set<number>} */
  #leaving = new Set();
  /** What the player does. @type {Uint8Array} */
  #action;
  #lastTick = -Infinity;
  #stalledTicks = 0;

  /**
   * @param {import("./config.js").SessionOptions} options
   * @throws {RollbackError} `invalid-config`
   */
  constructor(options) {
    this.config = makeConfig(options);
    this.roster = new Roster(this.config.players, this.config.me);
    this.outbox = new Outbox(this.roster);
    this.links = new Links(this.config, this.roster, this.outbox, this.stats);
    this.pacing = new Pacing(this.config);
    this.absence = new Absence(this.config);
    this.greeting = new Greeting(this.config);
    this.#action = new Uint8Array(this.config.actionBytes);
    //% if dev
    this.invariants = new Invariants();
    //% endif
  }

  // WHAT THE GAME SEES

  /** @returns {"idle" | "halted" | import("./boundary.js").Phase} */
  get phase() {
    return this.halted ? "halted" : (this.episode?.phase ?? "idle");
  }

  /** @returns {BatchPlan | null} the batch whose answer is awaited */
  get inFlight() {
    return this.#inFlight;
  }

  /** @returns {boolean} whether the batch in flight replays frames */
  get rollbackInProgress() {
    return (this.#inFlight?.load ?? null) !== null;
  }

  /** C: the last frame for which every slot's input is held here; -1 before an episode. */
  get confirmed() {
    return this.episode?.slots.confirmed() ?? -1;
  }

  /** A: the last frame that every present peer is known to hold. */
  get agreed() {
    return this.episode?.slots.agreed(this.settled) ?? -1;
  }

  /** S: the last canonical frame. */
  get settled() {
    return this.episode?.log.settled ?? -1;
  }

  /** @returns {number} frames opened beyond those for which every slot's input is held here */
  get depth() {
    return Math.max(0, (this.episode?.timeline.frame ?? 0) - 1 - this.confirmed);
  }

  /** @returns {boolean} whether this peer has declared to be away and is not back */
  get isAway() {
    return this.episode?.slots.isAway(this.config.me) ?? false;
  }

  // WHAT THE GAME SAYS

  /**
   * What the player does from now on, until something else is said.
   *
   * @param {Uint8Array} action as the slot's codec encoded it
   * @throws {RollbackError} `invalid-action`
   */
  setInput(action) {
    if (action.length !== this.config.actionBytes) {
      throw new RollbackError("invalid-action", `An action of this session has ${this.config.actionBytes} bytes, not ${action.length}.`);
    }
    authoredInput(action, false);
    this.#action = action.slice();
  }

  /** @param {boolean} hidden whether the page is; while it is, the default action is played */
  setHidden(hidden) {
    this.absence.setHidden(hidden);
  }

  /**
   * @param {number} player
   * @param {boolean} recovering whether its connection is being restored, which deserves more patience
   */
  setRecovering(player, recovering) {
    this.links.to(player).recovering = recovering;
  }

  /**
   * Declare that this page is about to freeze, so that the others need not wait. The way back is asked for at the
   * first ticks after the page is visible again.
   *
   * @returns {Packet[]} to send at once
   */
  goAway() {
    if (this.episode && !this.halted) this.absence.declare(this.episode.membership);
    return this.outbox.take();
  }

  /**
   * Leave for good.
   *
   * @returns {Packet[]} to send at once
   */
  leave() {
    this.#halt("left", null);
    return this.outbox.take();
  }

  /**
   * Begin the first episode, or the next one after `EpisodeEnded`.
   *
   * @throws {RollbackError} `misuse` while another runs, or after the session is over
   */
  beginEpisode() {
    if (this.phase !== "idle" && this.phase !== "finished") {
      throw new RollbackError("misuse", `An episode cannot begin while the session is ${this.phase}; wait for the event EpisodeEnded.`);
    }
    const epoch = (this.episode?.epoch ?? -1) + 1;
    this.episode = new Episode(this.config, this.roster, this.outbox, this.#events, this.stats, epoch);
    this.absence.restart();
    this.pacing.restart();
    this.#mailbox.release();
  }

  // WHAT COMES IN

  /**
   * @param {number} from slot
   * @param {Channel} channel
   * @param {unknown} data bytes on `inp`, parsed JSON on `ctl`
   * @param {number} now
   * @returns {Packet[]} to send at once: a ping is answered outside the tick
   * @throws {RollbackError} `misuse` for a slot that is not another peer's; whatever the data, nothing else is thrown
   */
  onPacket(from, channel, data, now) {
    const message = this.links.read(from, channel, data, now);
    if (message) this.#mailbox.put({ from, message, at: now });
    return this.outbox.take();
  }

  /**
   * @param {BatchReply} reply to the batch in flight
   * @throws {RollbackError} `misuse` for one that is not in flight, `worker-failed` for one that does not fit
   */
  onBatchReply(reply) {
    const plan = this.#inFlight;
    if (plan?.id !== reply.id) {
      if (this.halted) return;
      throw new RollbackError("misuse", `No answer is awaited to batch ${reply.id}; give each plan's answer once, in order.`);
    }
    const complete = reply.rows.length === plan.steps.length || reply.rows.at(-1)?.done === true;
    const fits = plan.reset ? reply.hashes.length === 1 : complete && reply.rows.every((row, i) => row.frame === plan.from + i);
    if (!fits) throw new RollbackError("worker-failed", `The answer to batch ${reply.id} is not that of its ${plan.steps.length} steps.`);
    this.#mailbox.put({ reply });
  }

  /** The worker cannot go on: so cannot the session. @param {unknown} failure */
  onBatchError(failure) {
    this.#mailbox.put({ failure });
  }

  // THE TICK

  /**
   * @param {number} now
   * @returns {TickResult}
   */
  tick(now) {
    this.stats.ticks++;
    const stopped = now - this.#lastTick > STOPPED_MS;
    if (stopped) this.links.clockStopped(now);
    this.#lastTick = now;
    this.greeting.say(this.outbox);
    this.#drain();
    if (!this.halted) this.#listen(now);
    if (!this.halted && this.episode) this.#cross(this.episode, now, stopped);
    const turn = this.#takeTurn(now);
    this.#note(turn);
    this.#send(now, turn.status);
    //% if dev
    this.invariants.afterTick(this);
    //% endif
    const periodMs = this.phase === "running" ? this.pacing.periodMs : this.config.frameMs;
    return { ...turn, packets: this.outbox.take(), events: this.#events.splice(0), periodMs };
  }

  #drain() {
    for (const mail of this.#mailbox.take()) {
      if ("reply" in mail) this.#absorb(mail.reply);
      else if ("failure" in mail) this.#halt("worker-failed", null);
      else if (this.roster.live[mail.from]) this.#open(mail);
    }
  }

  /** @param {BatchReply} reply */
  #absorb(reply) {
    const plan = /** @type {BatchPlan} */ (this.#inFlight);
    this.#inFlight = null;
    if (plan.epoch === this.episode?.epoch && !this.halted) this.episode.absorb(plan, reply);
    else this.stats.stale++;
  }

  /** @param {import("./mailbox.js").Letter} letter */
  #open(letter) {
    const { from, message, at } = letter;
    const epoch = this.episode?.epoch ?? -1;
    const control = "t" in message;
    if (control && message.t === "HELLO") this.#onHello(from, message.hello);
    else if (control && message.t === "GOODBYE") this.#leaving.add(from);
    else if (message.epoch > epoch) this.#mailbox.keep(letter);
    else if (message.epoch < epoch || !this.episode) this.stats.stale++;
    else if (control && message.t === "CLAIM" && message.player === this.config.me) this.#halt("dropped-by-peers", from);
    else if (control) this.episode.onControl(from, message);
    else {
      this.links.to(from).onInput(message, at);
      this.episode.onInput(from, message);
    }
  }

  /** @param {number} from @param {import("./hello.js").Hello} theirs */
  #onHello(from, theirs) {
    const difference = this.greeting.hear(from, theirs);
    if (!difference) return;
    this.#events.push({ type: "Incompatible", player: from, ...difference });
    this.#halt("incompatible", from);
  }

  /** Who is silent, who left, who may go on without them. @param {number} now */
  #listen(now) {
    for (const player of this.#leaving) this.#letGo(player);
    for (const finding of this.links.listen(now, (player) => this.episode?.slots.isAway(player) ?? false)) {
      if (finding.type === "silent") this.#lose(finding.player);
      else this.#events.push(finding);
    }
    if (!this.roster.hasMajority && !this.#betweenEpisodes) this.#halt("minority", null);
  }

  get #betweenEpisodes() {
    return this.phase === "idle" || this.phase === "finished";
  }

  /** Someone said goodbye: between episodes that is no loss, and at an agreed end it can wait. @param {number} player */
  #letGo(player) {
    if (this.phase === "ended" && this.episode?.boundary.ends.has(player)) return;
    this.#leaving.delete(player);
    if (!this.roster.live[player]) return;
    this.#events.push({ type: "PeerLeft", player });
    if (this.#betweenEpisodes) this.roster.remove(player);
    else this.#lose(player);
  }

  /** @param {number} player */
  #lose(player) {
    if (this.episode && !this.#betweenEpisodes) {
      this.episode.membership.drop(player);
      return;
    }
    this.roster.remove(player);
    this.#events.push({ type: "PeerDropped", player, at: this.settled });
  }

  /** @param {Episode} episode @param {number} now @param {boolean} stopped whether this peer's clock had stopped */
  #cross(episode, now, stopped) {
    const { boundary, membership, search } = episode;
    membership.update();
    search.update();
    if (this.greeting.fits(this.roster.peers()) && boundary.tryStart(now, this.links.maxRtt())) {
      this.links.clockStopped(now);
      this.#events.push({ type: "EpisodeStarted", epoch: episode.epoch });
      const stranger = boundary.differentStart();
      if (stranger !== null) search.differs(stranger, -1);
    }
    if (episode.phase === "running") {
      boundary.giveSign();
      this.absence.update(membership, this.isAway, stopped);
    }
    const finished = boundary.tryFinish();
    const other = finished ? boundary.differentEnd() : null;
    if (other !== null) search.differs(other, episode.log.settled);
    if (search.found && this.config.desyncPolicy === "halt") this.#halt("desync", search.found.player);
    else if (finished) {
      //% if dev
      this.invariants.onFinished(episode);
      //% endif
      this.#events.push({ type: "EpisodeEnded", record: episode.record() });
    }
  }

  /** @param {number} now @returns {Turn} */
  #takeTurn(now) {
    const { episode } = this;
    if (episode && this.phase === "running") {
      const paced = this.pacing.skips(this.links.measure(now, episode, this.pacing));
      const action = this.absence.hidden ? new Uint8Array(this.config.actionBytes) : this.#action;
      return episode.turn(this.#nextId, authoredInput(action, this.absence.hidden), { paced, busy: this.#inFlight !== null });
    }
    const reset = episode && this.phase === "reset" && !this.#inFlight;
    return { status: "not-running", batch: reset ? episode.timeline.resetPlan(this.#nextId, episode.epoch) : null, authored: 0 };
  }

  /** @param {Turn} turn */
  #note({ status, batch }) {
    if (batch) {
      //% if dev
      this.invariants.onPost(this.#inFlight, batch);
      //% endif
      this.#inFlight = batch;
      this.#nextId++;
      this.stats.batches++;
    }
    this.stats.noteStatus(status);
    this.stats.atLeast("maxFuture", this.#mailbox.futureInputs);
    if (this.episode) this.stats.noteKept(this.episode.timeline);
    const before = this.#stalledTicks;
    if (status === "stalled") this.#stalledTicks++;
    else if (status !== "busy" && status !== "corrected") this.#stalledTicks = 0;
    if (before < STALL_TICKS && this.#stalledTicks === STALL_TICKS) {
      this.#events.push({ type: "Stalled", waitingFor: this.episode?.slots.slowest() ?? [] });
    }
    if (before >= STALL_TICKS && this.#stalledTicks === 0) this.#events.push({ type: "Unstalled" });
  }

  /** @param {number} now @param {import("./types.js").TickStatus} status */
  #send(now, status) {
    if (this.halted && this.halted.reason !== "desync") return;
    this.links.ping(now, this.episode?.epoch ?? 0);
    if (!this.episode || (this.phase !== "running" && this.phase !== "ended")) return;
    const flags = { hidden: this.absence.hidden, holding: status === "holding", stalled: status === "stalled" };
    this.links.sendInputs(this.episode, flags, this.stats.ticks);
  }

  /** The others need not wait; but a difference is still searched for together. @param {HaltReason} reason @param {number | null} player */
  #halt(reason, player) {
    if (this.halted) return;
    const played = this.episode && ["running", "ended"].includes(this.phase);
    const record = this.episode && (played || reason === "desync") ? this.episode.record() : null;
    this.halted = { reason, player };
    if (reason !== "desync") this.outbox.controlAll({ t: "GOODBYE", epoch: this.episode?.epoch ?? 0 });
    this.#events.push({ type: "Halted", reason, player, record });
  }
}
