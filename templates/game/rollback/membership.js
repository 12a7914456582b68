// Leaving and returning: how all peers come to the same view of whose inputs count in which frames.

/** @typedef {import("./types.js").RollbackEvent} RollbackEvent */
/** @typedef {import("./control.js").Run} Run */
/** @typedef {import("./control.js").Resume} Resume */
/** @typedef {import("./config.js").SessionConfig} SessionConfig */
/** @typedef {import("./boundary.js").Boundary} Boundary */
/** @typedef {import("./canonical_log.js").CanonicalLog} CanonicalLog */
/** @typedef {import("./outbox.js").Outbox} Outbox */
/** @typedef {import("./roster.js").Roster} Roster */
/** @typedef {import("./slots.js").Slots} Slots */
/** @typedef {import("./timeline.js").Timeline} Timeline */

/**
 * - A **dead** player is dropped by *claims*: the survivors exchange what they hold of its inputs, and the longest
 *   counts. As nothing is canonical that not every peer held, no canonical row is ever rewritten.
 * - An **absence** is declared by its owner only: to others, silence looks the same as a partition.
 * - A **return** is granted by the lowest present slot, which authors nothing from the first frame played again until
 *   everyone present knows of it. Nobody can confirm that frame before; that is the whole barrier.
 */
export class Membership {
  /** @type {{player: number, frame: number, acks: Set<number>} | null} */
  #barrier = null;

  /**
   * @param {SessionConfig} config
   * @param {{epoch: number, slots: Slots, timeline: Timeline, log: CanonicalLog, boundary: Boundary}} episode
   * @param {Roster} roster
   * @param {Outbox} outbox
   * @param {RollbackEvent[]} events where findings go
   */
  constructor(config, { epoch, slots, timeline, log, boundary }, roster, outbox, events) {
    this.config = config;
    this.me = config.me;
    this.epoch = epoch;
    this.slots = slots;
    this.timeline = timeline;
    this.log = log;
    this.boundary = boundary;
    this.roster = roster;
    this.outbox = outbox;
    this.events = events;
    this.slots.all.forEach((_, player) => {
      if (!this.roster.live[player]) this.#closeDead(player);
    });
  }

  /** @returns {number} the first frame that must not be authored yet */
  get authorLimit() {
    return this.#barrier?.frame ?? Infinity;
  }

  /** Once a tick: what may have come true by itself. */
  update() {
    this.slots.all.forEach((_, player) => this.#trySettle(player));
    if (this.slots.all.every(({ settled }, player) => this.roster.live[player] || settled)) this.roster.settle();
    const barrier = this.#barrier;
    if (barrier && this.slots.present().every((peer) => barrier.acks.has(peer))) this.#barrier = null;
  }

  // DEATH

  /** @param {number} player whom this peer can no longer reach */
  drop(player) {
    if (!this.roster.live[player]) return;
    this.roster.remove(player);
    if (!this.roster.hasMajority) return;
    const last = this.slots.have(player);
    this.events.push({ type: "PeerDropped", player, at: last });
    // It may live behind a bad link: then it should know at once that it plays on alone.
    this.outbox.control(player, { t: "CLAIM", epoch: this.epoch, player, start: last + 1, last, inputs: [], resumes: [] });
    this.#closeDead(player);
  }

  /**
   * @param {number} from
   * @param {Run & {resumes: Resume[]}} claim
   */
  onClaim(from, claim) {
    const { player, last, start, inputs } = claim;
    for (const resume of claim.resumes) this.#learnResume(resume);
    this.drop(player);
    const slot = this.slots.all[player];
    if (!slot.claims) return;
    slot.claims.set(from, last);
    if (last > this.slots.have(player) && !slot.settled) {
      this.slots.append(player, start, inputs);
      this.#claim(player);
    }
    this.#trySettle(player);
  }

  /** @param {number} player */
  #closeDead(player) {
    this.slots.close(player, this.log.settled);
    this.#claim(player);
    this.#trySettle(player);
  }

  /**
   * Tell everyone what this peer holds of a dead player, and of returns that a dead authority may have told few of.
   *
   * @param {number} player
   */
  #claim(player) {
    this.slots.all[player].claims?.set(this.me, this.slots.have(player));
    for (const peer of this.roster.peers()) {
      const resumes = this.slots.all.flatMap(({ open, resumedAt }, other) => (open && resumedAt !== null ? [this.#resume(other, peer)] : []));
      this.outbox.control(peer, { t: "CLAIM", epoch: this.epoch, ...this.#run(player, peer, this.slots.have(player)), resumes });
    }
  }

  /** @param {number} player */
  #trySettle(player) {
    const { open, settled, claims } = this.slots.all[player];
    if (open || settled || !claims) return;
    const last = this.slots.have(player);
    if (this.roster.peers().every((peer) => claims.get(peer) === last)) this.slots.settle(player);
  }

  // ABSENCE

  /** @returns {boolean} whether this peer is now away: not while it grants a return, or when no episode runs */
  goAway() {
    const slot = this.slots.all[this.me];
    if (this.boundary.phase !== "running" || !slot.open || this.#barrier) return false;
    this.slots.settle(this.me);
    slot.absences++;
    for (const peer of this.roster.peers()) {
      this.outbox.control(peer, { t: "AWAY", epoch: this.epoch, k: slot.absences, ...this.#run(this.me, peer, slot.cut) });
    }
    return true;
  }

  /** @param {Run & {k: number}} away */
  onAway(away) {
    const slot = this.slots.all[away.player];
    if (away.k <= slot.absences || !this.roster.live[away.player]) return;
    this.slots.append(away.player, away.start, away.inputs);
    if (this.slots.have(away.player) !== away.last) return;
    slot.absences = away.k;
    this.slots.settle(away.player);
    this.events.push({ type: "PeerAbsent", player: away.player, at: away.last });
  }

  // RETURN

  /** Ask to be let in again; to be repeated until it happens. */
  requestReturn() {
    const authority = this.#authority();
    if (authority === this.me) this.onReturn(this.me);
    else this.outbox.control(authority, { t: "RETURN", epoch: this.epoch, player: this.me });
  }

  /** @param {number} player */
  onReturn(player) {
    const slot = this.slots.all[player];
    if (slot.open && slot.resumedAt !== null && player !== this.me) {
      this.#sendResume(player, player);
      return;
    }
    if (this.boundary.phase !== "running" || !slot.settled || !this.roster.live[player] || this.#barrier) return;
    if (this.#authority() !== this.me) return;
    const everyoneAway = this.slots.isAway(this.me);
    if (everyoneAway && player !== this.me) return;
    const { inputDelay, predictionWindow } = this.config;
    // Everyone away: the session is paused at the last cut. Else a frame that nobody can confirm without this peer's input.
    const frame = everyoneAway ? Math.max(...this.slots.held()) + 1 : this.timeline.frame + inputDelay + predictionWindow + 1;
    this.#barrier = { player, frame, acks: new Set() };
    this.#reopen(player, frame);
    for (const peer of this.roster.peers()) this.#sendResume(peer, player);
  }

  /**
   * @param {number} from
   * @param {Resume} resume
   */
  onResume(from, resume) {
    this.#learnResume(resume);
    if (this.slots.all[resume.player].absences < resume.k && this.roster.live[resume.player]) return;
    this.outbox.control(from, { t: "RESUME_ACK", epoch: this.epoch, player: resume.player, frame: resume.frame });
  }

  /**
   * @param {number} from
   * @param {{player: number, frame: number}} ack
   */
  onResumeAck(from, { player, frame }) {
    if (this.#barrier?.player === player && this.#barrier.frame === frame) this.#barrier.acks.add(from);
  }

  /** Self-contained, as it may overtake the AWAY of another sender. @param {Resume} resume */
  #learnResume(resume) {
    const { player, k, frame } = resume;
    if (player !== this.me) this.onAway(resume);
    const slot = this.slots.all[player];
    if (k === slot.absences && slot.settled && this.roster.live[player] && frame > slot.cut) this.#reopen(player, frame);
  }

  /** @param {number} player @param {number} frame */
  #reopen(player, frame) {
    this.slots.reopen(player, frame);
    this.events.push({ type: "PeerReturned", player, frame });
  }

  /** @returns {number} who grants returns: the lowest slot that plays; if nobody does, the lowest that lives */
  #authority() {
    const live = [this.me, ...this.roster.peers()].sort((a, b) => a - b);
    return live.find((player) => !this.slots.isAway(player)) ?? live[0];
  }

  /** @param {number} to @param {number} player */
  #sendResume(to, player) {
    this.outbox.control(to, { t: "RESUME", epoch: this.epoch, ...this.#resume(player, to) });
  }

  /** @param {number} player @param {number} to @returns {Resume} */
  #resume(player, to) {
    const { absences, resumedAt, cut } = this.slots.all[player];
    return { ...this.#run(player, to, cut), k: absences, frame: resumedAt ?? cut + 1 };
  }

  /** @param {number} player @param {number} to @param {number} last @returns {Run} */
  #run(player, to, last) {
    const start = Math.min(this.slots.receipts[to][player], last) + 1;
    return { player, start, last, inputs: this.slots.all[player].queue.slice(start, last) };
  }
}
