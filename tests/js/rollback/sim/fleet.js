// A whole mesh of real sessions in one thread: one virtual clock, one seed, a mock worker each, links that fail.
import * as real from "./rollback.js";
import { EventQueue } from "./event_queue.js";
import { MockWorker } from "./mock_worker.js";
import { randomStream } from "./random.js";
import { SimNet } from "./sim_net.js";
import { toySeed } from "./toy_env.js";

/** @typedef {import("../../../../templates/game/rollback/types.js").EpisodeRecord} EpisodeRecord */
/** @typedef {import("../../../../templates/game/rollback/types.js").RollbackEvent} RollbackEvent */
/** @typedef {import("../../../../templates/game/rollback/types.js").TickResult} TickResult */
/** @typedef {import("./sim_net.js").LinkQuality} LinkQuality */
/** @typedef {import("./rollback.js").Rollback} Rollback */

/**
 * Something that happens at a time, in ms: a page freezes or thaws, declares itself away, hides, dies or leaves; links
 * are blocked, or all healed.
 *
 * @typedef {{at: number, kill?: number, leave?: number, away?: number, hide?: number, show?: number, freeze?: number,
 *   thaw?: number, block?: string[], heal?: boolean}} ScriptLine
 */

/**
 * @typedef {object} FleetOptions
 * @property {number} seed
 * @property {number} players
 * @property {number} fps
 * @property {number} D input delay
 * @property {number} P prediction window
 * @property {number} K snapshot interval
 * @property {number} H hash interval
 * @property {number} episodes
 * @property {number} maxSteps
 * @property {number} workMs of one step in the worker
 * @property {number} maxMs virtual time after which the run is given up
 * @property {LinkQuality} link
 * @property {Record<string, Partial<LinkQuality>>} [links] by `from>to`
 * @property {ScriptLine[]} [script]
 * @property {number} [dropMs]
 * @property {number} [absentMs]
 * @property {number[]} [skew] of each peer's clock, as a fraction
 * @property {number} [startSkewMs] between the peers' first ticks
 * @property {number} [changeRate] probability that a player's input changes in a tick
 * @property {(player: number, epoch: number, frame: number) => number} [schedule] the action of each authored frame
 *   instead, so that it does not depend on when it is authored
 * @property {"halt" | "flag"} [desyncPolicy]
 * @property {"repeat" | "default"} [predictor]
 * @property {{peer: number, epoch: number, frame: number}} [corrupt] plants a difference in one worker's state
 * @property {{peer: number, epoch: number}} [lie] one peer reports chains that are not its own
 * @property {number} [otherStart] a peer whose game begins from another seed
 * @property {{rate: number}} [garble] bytes of packets are changed on the way
 * @property {"must" | "may"} [expectHalt] whether the survivors have to, or may, end in a halt
 * @property {boolean} [trace] digest all that happens
 * @property {(record: EpisodeRecord, player: number) => EpisodeRecord} [onRecord] what is kept of each finished episode
 */

/**
 * @typedef {object} Peer
 * @property {import("../../../../templates/game/rollback/session.js").Session} session
 * @property {MockWorker} worker
 * @property {EpisodeRecord[]} records of finished episodes
 * @property {EpisodeRecord | null} partial of the episode that a halt cut short
 * @property {RollbackEvent[]} events
 * @property {boolean} frozen
 * @property {boolean} killed
 * @property {(() => void)[]} mailbox what arrived while it was frozen
 */

/**
 * @typedef {object} FleetResult
 * @property {Peer[]} peers
 * @property {number} now
 * @property {SimNet} net
 * @property {string[]} broken promises seen on the way
 * @property {string} trace
 * @property {number} healedAt when the last scripted trouble was over
 */

/** Frames per peer and episode whose authored inputs are compared with what was sent before. */
const REMEMBERED = 4096;

/**
 * @param {FleetOptions} options
 * @param {Rollback} [rollback] a session's modules; the real ones unless a mutant's are given
 * @returns {FleetResult}
 */
export function runFleet(options, rollback = real) {
  return new Fleet(options, rollback).run();
}

class Fleet {
  /** @type {Peer[]} */
  peers = [];
  clock = new EventQueue();
  /** @type {string[]} */
  broken = [];
  /** Every input ever sent, by epoch, slot and frame. @type {Map<string, string>} */
  #sent = new Map();
  /** Returns granted: nobody may confirm the frame before all present know it. @type {Map<string, {player: number, frame: number, epoch: number, k: number}>} */
  #returns = new Map();

  /** @param {FleetOptions} options @param {Rollback} rollback */
  constructor(options, rollback) {
    this.options = options;
    this.rollback = rollback;
    this.random = randomStream(options.seed);
    this.net = new SimNet(this.clock, this.random, options.link, options.links);
    this.codec = rollback.actionCodec({ kind: "discrete", n: 5 }, 0);
    this.digest = new rollback.Digest();
    for (let me = 0; me < options.players; me++) this.peers.push(this.#makePeer(me));
  }

  /** @param {number} me @returns {Peer} */
  #makePeer(me) {
    const { players, fps, D, P, K, H, maxSteps, dropMs = 5000, absentMs, desyncPolicy, predictor } = this.options;
    const session = new this.rollback.Session({
      players,
      me,
      fps,
      actionBytes: this.codec.width,
      tag: 0xabcdef,
      inputDelay: D,
      predictionWindow: P,
      snapshotInterval: K,
      hashInterval: H,
      dropMs,
      absentMs: absentMs ?? Math.max(dropMs, 30_000),
      desyncPolicy,
      predictor,
    });
    session.beginEpisode();
    const worker = new MockWorker(players, maxSteps);
    return { session, worker, records: [], partial: null, events: [], frozen: false, killed: false, mailbox: [] };
  }

  /** @returns {FleetResult} */
  run() {
    const { options, clock } = this;
    this.peers.forEach((_, me) => this.#loop(me, me * (options.startSkewMs ?? 7), randomStream(options.seed * 31 + me + 1)));
    for (const line of options.script ?? []) clock.add(line.at, () => this.#play(line));
    while (clock.now < options.maxMs && !this.#over && clock.step());
    const healedAt = Math.max(0, ...(options.script ?? []).map(({ at }) => at));
    return { peers: this.peers, now: clock.now, net: this.net, broken: this.broken, trace: this.digest.hex(), healedAt };
  }

  get #over() {
    return this.peers.every(({ killed, session, records }) => killed || session.halted || records.length >= this.options.episodes);
  }

  /** @param {number} me @param {number} at @param {() => number} random */
  #loop(me, at, random) {
    this.clock.add(at, () => {
      const peer = this.peers[me];
      if (peer.killed) return;
      const period = peer.frozen ? 1000 / this.options.fps : this.#tick(me, random);
      this.#loop(me, at + period * (1 + (this.options.skew?.[me] ?? 0)), random);
    });
  }

  /** @param {number} me @param {() => number} random @returns {number} ms until the next tick */
  #tick(me, random) {
    const { session, events, records } = this.peers[me];
    const { schedule, changeRate = 0.25, episodes } = this.options;
    if (schedule) session.setInput(this.codec.encode(schedule(me, session.episode?.epoch ?? 0, session.episode ? session.episode.slots.authored + 1 : 0)));
    else if (random() < changeRate) session.setInput(this.codec.encode(Math.floor(random() * 5)));
    const result = session.tick(this.clock.now);
    if (this.options.trace) this.digest.value([me, this.clock.now, result.status, session.settled, session.agreed, session.confirmed]);
    this.#checkReturns();
    if (result.batch) this.#post(me, result.batch);
    this.#send(me, result.packets);
    for (const event of result.events) {
      if (event.type === "EpisodeEnded") event.record = this.options.onRecord?.(event.record, me) ?? event.record;
      if (event.type === "EpisodeEnded") records.push(event.record);
      events.push(event);
      if (event.type === "Halted") this.peers[me].partial = event.record;
    }
    if (session.phase === "finished" && records.length < episodes) session.beginEpisode();
    return result.periodMs;
  }

  /** @param {number} me @param {NonNullable<TickResult["batch"]>} plan */
  #post(me, plan) {
    const { session, worker } = this.peers[me];
    const { players, seed, workMs, corrupt, otherStart } = this.options;
    const { planToOps, foldResults, actionBytes } = this.rollback;
    const actionsOf = (/** @type {readonly Uint8Array[]} */ inputs) => inputs.map((input) => this.codec.decode(actionBytes(input)));
    const ops = planToOps(plan, { actionsOf, seed: toySeed(seed, plan.epoch) + (otherStart === me ? 1 : 0) });
    const cost = plan.reset ? 20 * this.random() : 0.5 + plan.steps.length * workMs * (0.7 + 0.6 * this.random());
    this.clock.add(this.clock.now + cost, () => {
      this.#deliver(me, () => {
        if (corrupt?.peer === me && corrupt.epoch === plan.epoch) worker.tamper = (env) => void (env.state.t === corrupt.frame + 1 && (env.state.chance ^= 1));
        else worker.tamper = null;
        const { reply } = foldResults(plan, ops, worker.batch(ops));
        for (const row of reply.rows) if (row.inputs.length !== players) this.broken.push(`row of ${row.inputs.length} inputs`);
        session.onBatchReply(reply);
      });
    });
  }

  /** @param {number} me @param {TickResult["packets"]} packets */
  #send(me, packets) {
    for (const { to, channel, data } of packets) {
      const { session } = this.peers[to];
      const receive = (/** @type {unknown} */ content) => () =>
        this.#deliver(to, () => {
          if (this.options.trace) this.digest.value([me, to, this.clock.now]);
          this.#send(to, session.onPacket(me, channel, content, this.clock.now));
        });
      if (channel === "ctl") {
        const text = JSON.stringify(data);
        this.#noteControl(data);
        this.net.reliable(me, to, receive(JSON.parse(text)));
      } else {
        const bytes = this.#garbled(data, me);
        this.#noteInputs(data);
        this.net.unreliable(me, to, receive(bytes));
      }
    }
  }

  /** @param {number} to @param {() => void} run */
  #deliver(to, run) {
    const peer = this.peers[to];
    if (peer.killed) return;
    if (peer.frozen) peer.mailbox.push(run);
    else run();
  }

  /** @param {Uint8Array} data @param {number} me @returns {Uint8Array} */
  #garbled(data, me) {
    const { garble, lie } = this.options;
    const epoch = this.peers[me].session.episode?.epoch;
    if (lie?.peer === me && lie.epoch === epoch && data[2] === 1 && data[10] & 1) {
      const bytes = data.slice();
      bytes[24 + 4 * this.options.players + 4] ^= 1;
      return bytes;
    }
    if (!garble || this.random() >= garble.rate) return data;
    // Only bytes whose every change is noticed: the start of the header, or the length.
    const bytes = this.random() < 0.5 ? data.slice() : data.slice(0, Math.floor(this.random() * data.length));
    if (bytes.length === data.length) bytes[Math.floor(this.random() * 8)] ^= 1 << Math.floor(this.random() * 8);
    return bytes;
  }

  /** An input has one value for ever, whoever tells of it. @param {Uint8Array} data */
  #noteInputs(data) {
    const message = this.rollback.decode(data);
    if (message?.type !== "input") return;
    message.inputs.forEach((input, i) => {
      const key = `${message.epoch} ${message.sender} ${message.start + i}`;
      const value = input.join();
      const before = this.#sent.get(key);
      if (before === undefined) this.#sent.set(key, value);
      else if (before !== value) this.broken.push(`I8: input ${key} was ${before}, is ${value}`);
    });
    if (this.#sent.size > REMEMBERED * this.options.players) this.#sent.clear();
  }

  /** @param {any} message */
  #noteControl(message) {
    if (message.t === "RESUME") this.#returns.set(`${message.epoch} ${message.player} ${message.k}`, message);
  }

  /** I16: who confirms the first frame played again, does so after all present peers knew of the return. */
  #checkReturns() {
    for (const [key, { player, frame, epoch, k }] of this.#returns) {
      const there = this.peers.filter(({ session, killed }) => !killed && !session.halted && session.episode?.epoch === epoch);
      const knows = (/** @type {Peer} */ { session }) => /** @type {NonNullable<typeof session.episode>} */ (session.episode).slots.all[player].absences >= k;
      const resumed = (/** @type {Peer} */ peer) => knows(peer) && peer.session.episode?.slots.all[player].resumedAt !== null;
      const confirming = there.filter(({ session }) => session.confirmed >= frame);
      if (!confirming.length) continue;
      this.#returns.delete(key);
      const live = confirming[0].session.roster.live;
      const late = there.filter((peer) => live[peer.session.config.me] && !peer.session.isAway && !resumed(peer));
      if (live[player] && late.length) this.broken.push(`I16: frame ${frame} was confirmed before ${late.map((peer) => peer.session.config.me)} knew of the return`);
    }
  }

  /** @param {ScriptLine} line */
  #play(line) {
    const act = (/** @type {number | undefined} */ player, /** @type {(peer: Peer) => void} */ what) => {
      if (player !== undefined && !this.peers[player].killed) what(this.peers[player]);
    };
    act(line.kill, (peer) => (peer.killed = true));
    act(line.leave, ({ session }) => this.#send(session.config.me, session.leave()));
    act(line.hide, ({ session }) => session.setHidden(true));
    act(line.show, ({ session }) => session.setHidden(false));
    act(line.away, ({ session }) => this.#send(session.config.me, session.goAway()));
    act(line.freeze, (peer) => (peer.frozen = true));
    act(line.thaw, (peer) => {
      peer.frozen = false;
      for (const run of peer.mailbox.splice(0)) run();
    });
    for (const link of line.block ?? []) this.net.blocked.add(link);
    if (line.heal) this.net.blocked.clear();
  }
}
