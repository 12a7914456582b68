// Arrivals: what numbered and dated packets say of the way they came. RFC 3550 counts RTP's packets like this.

/** How much each packet moves the jitter: a noise filter that still converges in some dozen packets (RFC 3550, 6.4.1). */
const GAIN = 1 / 16;

/** One way, from the other side to here. The two clocks need not agree: only differences of each are looked at. */
export class Arrivals {
  /** Packets that arrived. */
  received = 0;
  /** Mean deviation of the time between two arrivals from that between their sendings, ms; null before the second. @type {number | null} */
  jitter = null;
  #first = 0;
  #last = -1;
  /** Arrival less sending of the latest, ms between two clocks. */
  #transit = 0;

  /** How many were sent from the first that arrived to the last, by their numbers (RFC 3550, A.3). */
  get expected() {
    return this.#last < 0 ? 0 : this.#last - this.#first + 1;
  }

  /**
   * @param {number} seq number given by the sender, from 0
   * @param {number} sent ms of the sender's clock
   * @param {number} now ms of this one
   */
  note(seq, sent, now) {
    if (!Number.isFinite(sent)) return;
    const transit = now - sent;
    if (this.received > 0) {
      const deviation = Math.abs(transit - this.#transit);
      this.jitter = (this.jitter ?? 0) + GAIN * (deviation - (this.jitter ?? 0));
    } else this.#first = seq;
    this.#transit = transit;
    this.#last = Math.max(this.#last, seq);
    this.received++;
  }
}
