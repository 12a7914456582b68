// The slots of one episode: what is held of each player's inputs, what each peer is known to hold, and who is away.
import { absentInput, isAbsent, sameInput } from "./input.js";
import { InputQueue } from "./input_queue.js";

/** @typedef {import("./types.js").Input} Input */
/** @typedef {import("./config.js").SessionConfig} SessionConfig */
/** @typedef {import("./roster.js").Roster} Roster */

/**
 * One player's place. It is *open* while its owner authors inputs. Once closed it is *settled* when its last input is
 * agreed: later frames are absent. A closed slot that is not settled yet still holds everybody up.
 */
class Slot {
  /** @param {SessionConfig} config */
  constructor(config) {
    this.queue = new InputQueue(config.inputDelay, config.inputBytes);
    this.open = true;
    this.settled = false;
    /** Absences declared so far: the k-th AWAY precedes the k-th RESUME. */
    this.absences = 0;
    /** First frame played again after the last absence. @type {number | null} */
    this.resumedAt = null;
    /** Last input before the last absence. */
    this.cut = -1;
    /** What each live peer says it holds of a dead player. @type {Map<number, number> | null} */
    this.claims = null;
  }
}

/** Receipts are max-merged, inputs append-only, so order and duplicates of packets do not matter. */
export class Slots {
  /** @type {Slot[]} */
  all;
  /** `receipts[peer][slot]`: last input that the peer has reported to hold. @type {number[][]} */
  receipts;
  #absent;
  /** Last frame this peer has authored. */
  authored;

  /**
   * @param {SessionConfig} config
   * @param {Roster} roster
   */
  constructor(config, roster) {
    this.config = config;
    this.roster = roster;
    this.all = Array.from({ length: config.players }, () => new Slot(config));
    this.receipts = this.all.map(() => Array(config.players).fill(config.inputDelay - 1));
    this.authored = config.inputDelay - 1;
    this.#absent = absentInput(config.inputBytes);
  }

  // INPUTS

  /** @param {number} slot @returns {number} last frame held without a gap; -1: none */
  have(slot) {
    return this.all[slot].queue.last;
  }

  /** @returns {number[]} `have` of every slot */
  held() {
    return this.all.map(({ queue }) => queue.last);
  }

  /**
   * @param {number} slot
   * @param {number} frame
   * @returns {Input | undefined} undefined while it can only be guessed
   */
  known(slot, frame) {
    const { queue, settled } = this.all[slot];
    return queue.get(frame) ?? (settled && frame > queue.last ? this.#absent : undefined);
  }

  /**
   * @param {number} frame
   * @returns {Input[]} by slot: what is known, else a guess
   */
  inputsFor(frame) {
    return this.all.map(({ queue }, slot) => this.known(slot, frame) ?? queue.predict(this.config.predictor));
  }

  /** @param {number} frame @returns {boolean} whether some input of it could only be guessed */
  isGuess(frame) {
    return this.all.some((_, slot) => !this.known(slot, frame));
  }

  /**
   * Whether a frame must be simulated again. Only real inputs count: another guess would be no better.
   *
   * @param {number} frame
   * @param {readonly Input[]} used what it was simulated with
   * @returns {boolean}
   */
  contradicts(frame, used) {
    for (let slot = 0; slot < used.length; slot++) {
      const input = this.known(slot, frame);
      if (input && !sameInput(input, used[slot])) return true;
    }
    return false;
  }

  /**
   * Append what is new of a run of inputs.
   *
   * @param {number} slot
   * @param {number} start frame of the first
   * @param {readonly Input[]} inputs
   * @returns {boolean} false when the run leaves a gap and so nothing of it could be used
   */
  append(slot, start, inputs) {
    const { queue } = this.all[slot];
    if (start > queue.last + 1) return false;
    for (let frame = queue.last + 1; frame < start + inputs.length; frame++) queue.add(frame, inputs[frame - start]);
    return true;
  }

  /**
   * Author this peer's inputs, each exactly once.
   *
   * @param {number} last frame to author
   * @param {Input} input for all of them
   * @returns {number} how many were authored
   */
  author(last, input) {
    const { open, queue } = this.all[this.roster.me];
    if (!open) return 0;
    const before = this.authored;
    while (this.authored < last && queue.add(this.authored + 1, input)) this.authored++;
    return this.authored - before;
  }

  /**
   * What to send of this peer's inputs: a run without absent frames, which only RESUME may announce.
   *
   * @param {number} after last frame the receiver has
   * @param {number} limit
   * @returns {{start: number, inputs: Input[]}}
   */
  pending(after, limit) {
    const { queue } = this.all[this.roster.me];
    let start = Math.max(after + 1, queue.first);
    while (start <= queue.last && isAbsent(/** @type {Input} */ (queue.get(start)))) start++;
    const inputs = queue.slice(start, start + limit - 1);
    const gap = inputs.findIndex(isAbsent);
    return { start, inputs: gap < 0 ? inputs : inputs.slice(0, gap) };
  }

  /**
   * Forget what nobody may need: every live peer has it, absent ones included, and no replay reaches it.
   *
   * @param {number} oldest frame that may be replayed
   */
  trim(oldest) {
    const peers = this.roster.peers();
    this.all.forEach(({ queue }, slot) => {
      queue.discardBefore(Math.min(oldest, queue.last, ...peers.map((peer) => this.receipts[peer][slot])));
    });
  }

  // WATERMARKS

  /** @param {number} peer @param {readonly number[]} receipts by slot */
  mergeReceipts(peer, receipts) {
    receipts.forEach((last, slot) => {
      if (last > this.receipts[peer][slot]) this.receipts[peer][slot] = last;
    });
  }

  /** @param {number} slot @returns {boolean} whether its owner lives, but has declared to be away */
  isAway(slot) {
    return this.all[slot].settled && this.roster.live[slot];
  }

  /** @returns {number[]} the other peers that live and play */
  present() {
    return this.roster.peers().filter((peer) => !this.isAway(peer));
  }

  /** @returns {number} the last frame for which every slot's input is held here; governs prediction and stalls */
  confirmed() {
    let last = Infinity;
    for (const { settled, queue } of this.all) if (!settled) last = Math.min(last, queue.last);
    return last === Infinity ? Math.max(...this.held()) : last;
  }

  /**
   * @param {number} settled last canonical frame: what was agreed stays so when slots close and open
   * @returns {number} the last frame that every present peer is known to hold; governs whatever is published
   */
  agreed(settled) {
    let last = this.confirmed();
    for (const peer of this.present()) {
      this.all.forEach((slot, i) => {
        if (!slot.settled) last = Math.min(last, this.receipts[peer][i]);
      });
    }
    return Math.max(last, settled);
  }

  /** @returns {number[]} the slots whose inputs everybody waits for */
  slowest() {
    const confirmed = this.confirmed();
    return this.all.flatMap(({ settled, queue }, slot) => (!settled && queue.last === confirmed ? [slot] : []));
  }

  // OPEN AND CLOSED

  /** Close a slot whose last input is agreed. @param {number} slot */
  settle(slot) {
    const it = this.all[slot];
    it.open = false;
    it.settled = true;
    it.cut = it.queue.last;
  }

  /**
   * Close a dead player's slot; its end must still be agreed on.
   *
   * @param {number} slot
   * @param {number} settled last canonical frame: up to there, an absent player's frames are known to be absent
   */
  close(slot, settled) {
    const it = this.all[slot];
    if (it.settled) this.#fillAbsent(slot, settled);
    it.open = false;
    it.settled = false;
    it.claims ??= new Map();
  }

  /**
   * Open a settled slot again.
   *
   * @param {number} slot
   * @param {number} frame first one to be played; those since the cut are absent
   */
  reopen(slot, frame) {
    const it = this.all[slot];
    this.#fillAbsent(slot, frame - 1);
    it.open = true;
    it.settled = false;
    it.resumedAt = frame;
    if (slot === this.roster.me) this.authored = frame - 1;
  }

  /** @param {number} slot @param {number} last */
  #fillAbsent(slot, last) {
    const { queue } = this.all[slot];
    for (let frame = queue.last + 1; frame <= last; frame++) queue.add(frame, this.#absent);
  }
}
