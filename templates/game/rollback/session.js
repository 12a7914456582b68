// The session: one tick in, one batch and some packets out. Packets and answers are recorded and acted on in the tick.
import { FAST_FORWARD_FRAMES, makeConfig } from "./config.js";
import { DesyncWatch } from "./desync_watch.js";
import { Episode } from "./episode.js";
import { RollbackError } from "./errors.js";
import { compareHello, makeHello } from "./hello.js";
import { authoredInput } from "./input.js";
//% if dev
import { Invariants } from "./invariants.js";
//% endif
import { Links } from "./links.js";
import { Membership } from "./membership.js";
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
/** @typedef {import("./types.js").TickStatus} TickStatus */
/** @typedef {import("./control.js").ControlMessage} ControlMessage */
/** @typedef {import("./wire.js").InputMessage} InputMessage */
/** @typedef {{from: number, message: ControlMessage | InputMessage, at: number}} Mail */

/** Gap between ticks after which this peer's own clock counts as having stopped. */
const STOPPED_MS = 500;
/** Ticks between two requests to return. */
const RETURN_TICKS = 4;
/** Stalled ticks before anyone is told. */
const STALL_TICKS = 3;
/** Input packets of the next episode kept until it begins here; the peers repeat them anyway. */
const MAX_FUTURE = 64;
/** Mail kept between two ticks; beyond, only input packets are refused, which the peers repeat. */
const MAX_INBOX = 4096;

/** Sans-IO: no timer, no socket, no worker. Times are milliseconds of one monotonic clock of the caller's. */
export class Session {
  /** @type {Episode | null} */
  episode = null;
  /** Why the session is over, if it is. @type {{reason: HaltReason, player: number | null} | null} */
  halted = null;
  stats = new Stats();
  /** @type {RollbackEvent[]} */
  #events = [];
  /** @type {(Mail | {reply: BatchReply} | {failure: unknown})[]} */
  #inbox = [];
  /** Mail of the next episode. @type {Mail[]} */
  #future = [];
  /** @type {BatchPlan | null} */
  #inFlight = null;
  #nextId = 1;
  /** @type {Membership | null} */
  #membership = null;
  /** @type {DesyncWatch | null} */
  #watch = null;
  /** Players whose HELLO fits ours. @type {Set<number>} */
  #greeted = new Set();
  #greeting = false;
  /** Players that said goodbye. @type {Set<number>} */
  #leaving = new Set();
  /** @type {Uint8Array} */
  #action;
  #hidden = false;
  /** Wants to be away, and could not yet. */
  #leavingSlot = false;
  /** Is away because its clock stood still, not because it said so. */
  #frozen = false;
  #lastTick = -Infinity;
  #steadyTicks = 0;
  #stalledTicks = 0;
  #undoing = false;
  /** The search for a difference ended before this tick, so its evidence may go. */
  #released = false;
  /** @type {TickStatus} */
  #status = "not-running";

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
    this.hello = makeHello(this.config);
    this.#action = new Uint8Array(this.config.actionBytes);
    //% if dev
    this.invariants = new Invariants();
    //% endif
  }

  // WHAT THE GAME SEES

  /** @returns {"idle" | "halted" | import("./episode.js").Phase} */
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
    this.#hidden = hidden;
    if (!hidden) this.#leavingSlot = false;
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
    if (this.config.absencePolicy === "pause" || this.halted) return [];
    this.#frozen = false;
    this.#leavingSlot = !this.#membership?.goAway();
    return this.outbox.take();
  }

  /**
   * Leave for good.
   *
   * @returns {Packet[]} to send at once
   */
  leave() {
    if (!this.halted) {
      this.outbox.controlAll({ t: "GOODBYE", epoch: this.episode?.epoch ?? 0 });
      this.#halt("left", null);
    }
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
    this.episode = new Episode(this.config, this.roster, this.outbox, (this.episode?.epoch ?? -1) + 1);
    this.#membership = new Membership(this.config, this.episode, this.#events);
    this.#watch = new DesyncWatch(this.episode.log);
    this.#leavingSlot = false;
    this.pacing.restart();
    this.#inbox.unshift(...this.#future.splice(0));
  }

  // WHAT COMES IN

  /**
   * @param {number} from slot
   * @param {Channel} channel
   * @param {unknown} data bytes on `inp`, parsed JSON on `ctl`
   * @param {number} now
   * @returns {Packet[]} to send at once: a ping is answered outside the tick
   */
  onPacket(from, channel, data, now) {
    const message = this.links.read(from, channel, data, now);
    if (message && (channel === "ctl" || this.#inbox.length < MAX_INBOX)) this.#inbox.push({ from, message, at: now });
    return this.outbox.take();
  }

  /**
   * @param {BatchReply} reply to the batch in flight
   * @throws {RollbackError} `misuse` for one that is not in flight, `worker-failed` for one that does not fit
   */
  onBatchReply(reply) {
    const plan = this.#inFlight;
    if (this.halted || (this.episode && reply.epoch < this.episode.epoch)) {
      this.stats.stale++;
      return;
    }
    if (plan?.id !== reply.id) {
      throw new RollbackError("misuse", `No answer is awaited to batch ${reply.id}; give each plan's answer once, in order.`);
    }
    const fits = plan.reset
      ? reply.hashes.length === 1
      : reply.rows.every((row, i) => row.frame === plan.from + i) && (reply.rows.length === plan.steps.length || reply.rows.at(-1)?.done === true);
    if (!fits) throw new RollbackError("worker-failed", `The answer to batch ${reply.id} is not that of its ${plan.steps.length} steps.`);
    this.#inbox.push({ reply });
  }

  /** The worker cannot go on: so cannot the session. @param {unknown} failure */
  onBatchError(failure) {
    this.#inbox.push({ failure });
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
    this.#steadyTicks = stopped ? 0 : this.#steadyTicks + 1;
    this.#lastTick = now;
    this.#released = this.#watch?.located ?? false;
    this.#greet();
    this.#drain();
    /** @type {{batch: BatchPlan | null, authored: number, status: TickStatus}} */
    let turn = { batch: null, authored: 0, status: "not-running" };
    if (!this.halted) {
      this.#watchLinks(now);
      this.#checkChains();
    }
    if (!this.halted && this.episode) {
      this.#membership?.update();
      this.#cross(now);
      this.#comeAndGo(stopped);
      if (this.phase === "running") turn = this.#play(now);
      else if (this.phase === "reset" && !this.#inFlight) turn.batch = this.episode.timeline.resetPlan(this.#nextId++, this.episode.epoch);
    }
    this.#note(turn.status, turn.batch);
    if (this.halted?.reason !== "left") this.#send(now);
    //% if dev
    this.invariants.afterTick(this);
    //% endif
    const periodMs = this.phase === "running" ? this.pacing.periodMs : this.config.frameMs;
    return { ...turn, packets: this.outbox.take(), events: this.#events.splice(0), periodMs };
  }

  #greet() {
    if (this.#greeting) return;
    this.#greeting = true;
    this.outbox.controlAll({ t: "HELLO", epoch: 0, hello: this.hello });
  }

  #drain() {
    for (const mail of this.#inbox.splice(0)) {
      if ("reply" in mail) this.#absorb(mail.reply);
      else if ("failure" in mail) this.#halt("worker-failed", null);
      else if (this.roster.live[mail.from]) this.#open(mail);
    }
  }

  /** @param {Mail} mail */
  #open(mail) {
    const { from, message, at } = mail;
    if ("t" in message && (message.t === "HELLO" || message.t === "GOODBYE")) {
      if (message.t === "HELLO") this.#onHello(from, message.hello);
      else this.#leaving.add(from);
      return;
    }
    const epoch = this.episode?.epoch ?? -1;
    if (message.epoch > epoch) this.#keep(mail);
    else if (message.epoch < epoch) this.stats.stale++;
    else if ("t" in message) this.#onControl(from, message);
    else this.#onInput(from, message, at);
  }

  /** A peer may be one episode ahead, never more: the end is a barrier. @param {Mail} mail */
  #keep(mail) {
    const inputs = this.#future.filter(({ message }) => !("t" in message)).length;
    if ("t" in mail.message || inputs < MAX_FUTURE) this.#future.push(mail);
    this.stats.atLeast("maxFuture", Math.min(inputs + 1, MAX_FUTURE));
  }

  /** @param {number} from @param {InputMessage} message @param {number} at */
  #onInput(from, message, at) {
    const { slots } = /** @type {Episode} */ (this.episode);
    this.links.to(from).onInput(message, at);
    slots.mergeReceipts(from, message.receipts);
    if (slots.all[from].open && !slots.append(from, message.start, message.inputs)) this.stats.gaps++;
    if (message.checkpoint) this.#watch?.onCheckpoint(from, message.checkpoint);
  }

  /** @param {number} from @param {ControlMessage} message */
  #onControl(from, message) {
    const episode = /** @type {Episode} */ (this.episode);
    const membership = /** @type {Membership} */ (this.#membership);
    switch (message.t) {
      case "READY":
        episode.ready.set(from, message.hash);
        break;
      case "START":
        episode.startHeard = true;
        break;
      case "EP_END":
        episode.ends.set(from, message);
        break;
      case "AWAY":
        if (message.player === from) membership.onAway(message);
        break;
      case "CLAIM":
        if (message.player === this.config.me) this.#halt("dropped-by-peers", from);
        else membership.onClaim(from, message);
        break;
      case "RETURN":
        if (message.player === from) membership.onReturn(from);
        break;
      case "RESUME":
        membership.onResume(from, message);
        break;
      case "RESUME_ACK":
        membership.onResumeAck(from, message);
        break;
      case "CHECKPOINTS":
        this.#onCheckpoints(from, message.marks);
    }
  }

  /** @param {number} from @param {import("./hello.js").Hello} theirs */
  #onHello(from, theirs) {
    const difference = compareHello(this.hello, theirs);
    if (!difference) {
      this.#greeted.add(from);
      return;
    }
    this.#events.push({ type: "Incompatible", player: from, ...difference });
    this.#halt("incompatible", from);
  }

  /** @param {BatchReply} reply */
  #absorb(reply) {
    const plan = /** @type {BatchPlan} */ (this.#inFlight);
    const episode = /** @type {Episode} */ (this.episode);
    this.#inFlight = null;
    if (plan.epoch !== episode.epoch) return;
    episode.timeline.absorb(plan, reply, episode.log.settled);
    if (plan.reset) episode.begun(reply.hashes[0].hash);
    if (this.#undoing && plan.load !== null) {
      this.#undoing = false;
      if (!reply.rows.at(-1)?.done) this.stats.undoneEnds++;
    }
  }

  // PEERS COME AND GO

  /** @param {number} now */
  #watchLinks(now) {
    for (const player of this.#leaving) this.#letGo(player);
    const isAway = (/** @type {number} */ player) => this.episode?.slots.isAway(player) ?? false;
    for (const finding of this.links.listen(now, isAway)) {
      if (finding.type === "silent") this.#lose(finding.player);
      else this.#events.push(finding);
    }
    if (!this.roster.hasMajority && this.phase !== "finished" && this.phase !== "idle") this.#halt("minority", null);
  }

  /** Someone said goodbye: between episodes that is no loss, and at an agreed end it can wait. @param {number} player */
  #letGo(player) {
    if (this.phase === "ended" && this.episode?.ends.has(player)) return;
    this.#leaving.delete(player);
    if (!this.roster.live[player]) return;
    this.#events.push({ type: "PeerLeft", player });
    if (this.phase === "finished" || this.phase === "idle") this.roster.remove(player);
    else this.#lose(player);
  }

  /** @param {number} player */
  #lose(player) {
    if (this.#membership && this.phase !== "finished") this.#membership.drop(player);
    else {
      this.roster.remove(player);
      this.#events.push({ type: "PeerDropped", player, at: this.settled });
    }
  }

  /** @param {boolean} stopped whether this peer's clock had stopped */
  #comeAndGo(stopped) {
    if (this.phase !== "running" || !this.#membership) return;
    if (stopped && this.#hidden && this.config.absencePolicy === "away") this.#leavingSlot = this.#frozen = true;
    if (this.#leavingSlot) this.#leavingSlot = !this.isAway && !this.#membership.goAway();
    if (!this.isAway || this.stats.ticks % RETURN_TICKS) return;
    // A page that ticks steadily again plays on, hidden or not; one that was told to freeze waits to be seen.
    if (!this.#hidden || (this.#frozen && this.#steadyTicks >= this.config.fps)) this.#membership.requestReturn();
  }

  // FROM EPISODE TO EPISODE

  /** @param {number} now */
  #cross(now) {
    const episode = /** @type {Episode} */ (this.episode);
    const greeted = this.roster.peers().every((player) => this.#greeted.has(player));
    if (greeted && episode.tryStart(now, this.links.maxRtt())) {
      this.links.clockStopped(now);
      this.#events.push({ type: "EpisodeStarted", epoch: episode.epoch });
      const stranger = episode.differentStart();
      if (stranger !== null) this.#onDesync(stranger, -1);
    }
    if (episode.phase === "running") episode.giveSign();
    if (!episode.tryFinish()) return;
    const other = episode.differentEnd();
    if (other !== null) this.#onDesync(other, episode.log.settled);
    if (this.halted) return;
    const found = this.#watch?.found ?? null;
    const record = episode.record(found ? "desynced" : "verified", found?.frame ?? null);
    //% if dev
    this.invariants.onFinished(record, episode);
    //% endif
    this.#events.push({ type: "EpisodeEnded", record });
  }

  /** @param {HaltReason} reason @param {number | null} player */
  #halt(reason, player) {
    if (this.halted) return;
    const played = this.phase === "running" || this.phase === "ended" || (this.phase === "finished" && reason === "desync");
    const found = this.#watch?.found ?? null;
    const record = played && this.episode ? this.episode.record(found ? "desynced" : "partial", found?.frame ?? null) : null;
    this.halted = { reason, player };
    this.#events.push({ type: "Halted", reason, player, record });
  }

  // DESYNC

  #checkChains() {
    if (!this.#watch?.check() || !this.#watch.found) return;
    const { player, frame } = this.#watch.found;
    this.#reportDesync(player, frame);
  }

  /** @param {number} player @param {number} frame */
  #onDesync(player, frame) {
    if (this.#watch?.differs(player, frame)) this.#reportDesync(player, frame);
  }

  /** @param {number} player @param {number} frame */
  #reportDesync(player, frame) {
    const { epoch } = /** @type {Episode} */ (this.episode);
    this.#events.push({ type: "DesyncDetected", player, epoch, frame });
    this.#sendMarks(player);
    this.#locate();
    if (this.config.desyncPolicy === "halt") this.#halt("desync", player);
  }

  /** @param {number} from @param {[number, string][]} marks */
  #onCheckpoints(from, marks) {
    const { log } = /** @type {Episode} */ (this.episode);
    const bad = marks.find(([frame, chain]) => (log.checkpoints.get(frame) ?? chain) !== chain);
    if (!this.#watch?.found && bad && !this.halted) this.#onDesync(from, bad[0]);
    if (this.#watch?.found?.player !== from || !this.#watch.narrow(marks)) return;
    this.#sendMarks(from);
    this.#locate();
  }

  /** @param {number} player */
  #sendMarks(player) {
    const { epoch } = /** @type {Episode} */ (this.episode);
    if (this.#watch) this.outbox.control(player, { t: "CHECKPOINTS", epoch, marks: this.#watch.marks() });
  }

  #locate() {
    if (!this.#watch?.settleSearch() || !this.#watch.found || !this.#watch.interval || !this.episode) return;
    const { good, bad } = this.#watch.interval;
    const { player } = this.#watch.found;
    const snapshot = this.episode.timeline.findBestSnapshot(good + 1);
    this.#events.push({ type: "DesyncLocated", player, epoch: this.episode.epoch, lastGood: good, firstBad: bad, snapshot });
  }

  // PLAYING

  /**
   * @param {number} now
   * @returns {{batch: BatchPlan | null, authored: number, status: TickStatus}}
   */
  #play(now) {
    const episode = /** @type {Episode} */ (this.episode);
    const { slots, timeline, log } = episode;
    const correctFrom = timeline.firstIncorrect(slots, log.settled);
    this.#promote(correctFrom);
    if (this.phase !== "running") return { batch: null, authored: 0, status: "holding" };
    const paced = this.pacing.skips(this.links.measure(now, episode, this.pacing));
    if (this.#inFlight) return { batch: null, authored: 0, status: "busy" };

    const correcting = correctFrom < timeline.frame;
    const ended = timeline.newest?.done === true;
    const holding = ended && !correcting;
    const confirmed = slots.confirmed();
    const wanted = holding || paced ? 0 : this.#framesToOpen(confirmed);
    const authored = this.#author(wanted);
    const open = this.#authoredFrames(wanted);
    const hashEnd = ended && (correcting || timeline.newest?.stateHash === null);

    let status = /** @type {TickStatus} */ (holding ? "holding" : paced ? "paced" : "stalled");
    if (correcting) status = "corrected";
    if (open) status = "advanced";
    if (!correcting && !open && !hashEnd) return { batch: null, authored, status };
    this.#undoing = ended && correcting;
    const before = timeline.frame;
    const batch = timeline.plan({
      id: this.#nextId++,
      epoch: episode.epoch,
      correctFrom,
      open,
      slots,
      settled: log.settled,
      anchor: Math.min(slots.agreed(log.settled), confirmed) + 1,
      hashEnd,
      render: (correcting || open > 0) && confirmed - (timeline.frame + open) <= this.config.predictionWindow,
    });
    //% if dev
    this.invariants.onPlan(this, batch, correctFrom, before);
    //% endif
    this.#count(batch, before - correctFrom, open);
    return { batch, authored, status };
  }

  /**
   * One, when the window allows it; many when far behind, but then only confirmed ones.
   *
   * @param {number} confirmed
   */
  #framesToOpen(confirmed) {
    const { frame } = /** @type {Episode} */ (this.episode).timeline;
    const { predictionWindow } = this.config;
    if (confirmed - frame > predictionWindow) return Math.min(FAST_FORWARD_FRAMES, confirmed - frame);
    return frame - confirmed <= predictionWindow ? 1 : 0;
  }

  /** Author what these frames need, each once; after a return, first what lies between. @param {number} open */
  #author(open) {
    const { slots, timeline } = /** @type {Episode} */ (this.episode);
    const limit = /** @type {Membership} */ (this.#membership).authorLimit;
    const last = Math.min(timeline.frame + open + this.config.inputDelay, limit) - 1;
    const action = this.#hidden ? new Uint8Array(this.config.actionBytes) : this.#action;
    return slots.author(last, authoredInput(action, this.#hidden));
  }

  /** Not beyond this peer's own inputs, which may be held back. @param {number} wanted */
  #authoredFrames(wanted) {
    const { slots, timeline } = /** @type {Episode} */ (this.episode);
    if (!slots.all[this.config.me].open) return wanted;
    return Math.max(0, Math.min(wanted, slots.authored - this.config.inputDelay - timeline.frame + 1));
  }

  /** @param {number} correctFrom */
  #promote(correctFrom) {
    const episode = /** @type {Episode} */ (this.episode);
    const { slots, timeline, log } = episode;
    const before = log.settled;
    log.promote(slots.agreed(before), Math.min(timeline.simulated, correctFrom - 1));
    //% if dev
    this.invariants.onPromoted(episode, before);
    //% endif
    if (log.end !== null) {
      episode.announceEnd();
      return;
    }
    const oldest = timeline.findBestSnapshot(log.settled + 1);
    const evidence = this.#released ? oldest : timeline.findBestSnapshot((this.#watch?.verified(slots.present()) ?? log.settled) + 1);
    timeline.dropSnapshotsBefore(Math.min(oldest, evidence));
    slots.trim(oldest);
  }

  /** @param {BatchPlan} batch @param {number} depth frames between the first wrong one and the next @param {number} open */
  #count(batch, depth, open) {
    this.stats.advanced += open;
    if (open > 1) this.stats.fastForwarded += open;
    if (batch.load === null) return;
    this.stats.rollbacks++;
    this.stats.replayed += batch.replayed;
    this.stats.atLeast("maxDepth", depth);
    this.stats.atLeast("maxReplay", batch.replayed);
  }

  /** @param {TickStatus} status @param {BatchPlan | null} batch */
  #note(status, batch) {
    this.#status = status;
    if (batch) {
      this.#inFlight = batch;
      this.stats.batches++;
    }
    if (status === "stalled") this.stats.stalls++;
    if (status === "holding") this.stats.holds++;
    if (status === "paced") this.stats.paced++;
    if (status === "busy") this.stats.busy++;
    const before = this.#stalledTicks;
    if (status === "stalled") this.#stalledTicks++;
    else if (status !== "busy" && status !== "corrected") this.#stalledTicks = 0;
    if (before < STALL_TICKS && this.#stalledTicks === STALL_TICKS) this.#events.push({ type: "Stalled", waitingFor: this.#slowest() });
    if (before >= STALL_TICKS && this.#stalledTicks === 0) this.#events.push({ type: "Unstalled" });
    const timeline = this.episode?.timeline;
    if (!timeline) return;
    this.stats.atLeast("maxSnapshots", timeline.snapshots.length);
    this.stats.atLeast("maxSpeculative", timeline.rows.size);
  }

  /** @returns {number[]} the slots whose inputs are missing */
  #slowest() {
    const { slots } = /** @type {Episode} */ (this.episode);
    const confirmed = slots.confirmed();
    return slots.all.flatMap(({ settled, queue }, slot) => (!settled && queue.last === confirmed ? [slot] : []));
  }

  /** @param {number} now */
  #send(now) {
    this.links.ping(now, this.episode?.epoch ?? 0);
    if (this.phase !== "running" && this.phase !== "ended") return;
    const flags = { hidden: this.#hidden, holding: this.#status === "holding", stalled: this.#status === "stalled" };
    this.links.sendInputs(/** @type {Episode} */ (this.episode), flags, this.stats.ticks);
  }
}
