// Who is still part of the session, from one episode to the next.

/** A peer that left or was dropped never comes back. */
export class Roster {
  /** @type {boolean[]} by slot */
  live;
  /** Size of the membership last agreed on: what a majority is a majority of. */
  members;

  /**
   * @param {number} players
   * @param {number} me this peer's slot
   */
  constructor(players, me) {
    this.me = me;
    this.live = Array(players).fill(true);
    this.members = players;
  }

  /** @returns {number[]} the other live slots, in order */
  peers() {
    const slots = [];
    for (let slot = 0; slot < this.live.length; slot++) if (slot !== this.me && this.live[slot]) slots.push(slot);
    return slots;
  }

  /** @param {number} slot */
  remove(slot) {
    this.live[slot] = false;
  }

  /** All agree on who is gone: from now on a majority is one of those who are left. */
  settle() {
    this.members = this.peers().length + 1;
  }

  /** Whether those who are left may go on: two halves of a partition must not both. */
  get hasMajority() {
    return (this.peers().length + 1) * 2 > this.members;
  }
}
