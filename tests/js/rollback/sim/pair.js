// Two sessions without a network in between: for tests that look at one tick at a time.
import { MockWorker } from "./mock_worker.js";

/** @typedef {import("./rollback.js").Rollback} Rollback */
/** @typedef {import("../../../../templates/game/rollback/session.js").Session} Session */
/** @typedef {import("../../../../templates/game/rollback/config.js").SessionOptions} SessionOptions */
/** @typedef {import("../../../../templates/game/rollback/types.js").Packet} Packet */
/** @typedef {import("../../../../templates/game/rollback/types.js").TickResult} TickResult */

/**
 * @param {Rollback} rollback
 * @param {number} me
 * @param {Partial<SessionOptions>} [options]
 * @returns {Session}
 */
export function plainSession({ Session }, me, options = {}) {
  return new Session({ players: 2, me, fps: 30, actionBytes: 1, tag: 9, inputDelay: 1, predictionWindow: 4, snapshotInterval: 2, hashInterval: 10, ...options });
}

/** Sessions whose packets arrive when a test says so, and whose workers answer at once. */
export class Table {
  now = 0;
  /** Packets on their way, in order. @type {{from: number, packet: Packet}[]} */
  mail = [];
  /** All events so far, by slot. @type {TickResult["events"][]} */
  events;

  /**
   * @param {Rollback} rollback
   * @param {Partial<SessionOptions>} [options]
   * @param {number} [maxSteps]
   */
  constructor(rollback, options = {}, maxSteps = 40) {
    const players = options.players ?? 2;
    this.rollback = rollback;
    this.sessions = Array.from({ length: players }, (_, me) => plainSession(rollback, me, options));
    this.workers = this.sessions.map(() => new MockWorker(players, maxSteps));
    this.events = this.sessions.map(() => []);
    for (const session of this.sessions) session.beginEpisode();
  }

  /** One tick of a peer, its batch answered, its packets put in the mail. @param {number} me @returns {TickResult} */
  play(me) {
    const { planToOps, foldResults } = this.rollback;
    const session = this.sessions[me];
    const result = session.tick(this.now);
    this.send(me, result.packets);
    this.events[me].push(...result.events);
    if (result.batch) {
      const ops = planToOps(result.batch, { actionsOf: (inputs) => inputs.map(([action]) => (action === 255 ? 0 : action)), seed: 5 });
      session.onBatchReply(foldResults(result.batch, ops, this.workers[me].batch(ops)).reply);
    }
    return result;
  }

  /** @param {number} from @param {Packet[]} packets */
  send(from, packets) {
    this.mail.push(...packets.map((packet) => ({ from, packet })));
  }

  /** Deliver what is in the mail. @param {(from: number, packet: Packet) => boolean} [lost] */
  deliver(lost = () => false) {
    for (const { from, packet } of this.mail.splice(0)) {
      const data = packet.channel === "ctl" ? JSON.parse(JSON.stringify(packet.data)) : packet.data;
      if (!lost(from, packet)) this.send(packet.to, this.sessions[packet.to].onPacket(from, packet.channel, data, this.now));
    }
  }

  /** Rounds in which everybody ticks and all is delivered. @param {number} count @param {(from: number, packet: Packet) => boolean} [lost] */
  rounds(count, lost) {
    for (let round = 0; round < count; round++) {
      this.now += 33;
      this.sessions.forEach((_, me) => this.play(me));
      this.deliver(lost);
    }
  }
}

/**
 * @param {Rollback} rollback
 * @param {Partial<SessionOptions>} [options]
 * @returns {{table: Table, sessions: Session[], play: (me: number) => TickResult}} in the middle of an episode's start
 */
export function startedPair(rollback, options) {
  const table = new Table(rollback, options);
  while (table.sessions.some(({ phase }) => phase !== "running")) table.rounds(1);
  return { table, sessions: table.sessions, play: (me) => table.play(me) };
}
