// A small deterministic game: chance in its state, and an end that hangs on everybody's latest inputs.

/** What an absent slot or the default action does. */
const NOTHING = 0;
/** The action that costs a life, and so brings the end. */
const STRIKE = 3;

/**
 * @typedef {object} ToyState
 * @property {number} t
 * @property {number} chance
 * @property {number[]} places
 * @property {number} lives
 * @property {number} secret seen in no row, only in the hash
 */

/** Actions are 0 .. 4 per player. */
export class ToyEnv {
  /** @type {ToyState} */
  state;

  /** @param {number} players @param {number} seed @param {number} maxSteps */
  constructor(players, seed, maxSteps) {
    this.players = players;
    this.maxSteps = maxSteps;
    this.state = { t: 0, chance: seed | 0, places: Array(players).fill(0), lives: 40, secret: 0 };
  }

  /** @returns {ToyState} */
  getState() {
    return { ...this.state, places: [...this.state.places] };
  }

  /** @param {ToyState} state */
  setState(state) {
    this.state = { ...state, places: [...state.places] };
  }

  /** @param {number[]} actions */
  step(actions) {
    const { state } = this;
    const rewards = [];
    for (let player = 0; player < this.players; player++) {
      const action = actions[player] ?? NOTHING;
      state.places[player] = (Math.imul(state.places[player], 31) + action + player) | 0;
      state.chance = (Math.imul(state.chance ^ state.places[player], 1664525) + 1013904223) | 0;
      if (action === STRIKE) state.lives--;
      rewards.push((action === STRIKE ? 1 : 0) + (state.chance >>> 30 === player ? 0.25 : 0));
    }
    state.secret = (Math.imul(state.secret ^ state.chance, 69069) + 1) | 0;
    state.t++;
    const dead = state.lives <= 0;
    const late = state.t >= this.maxSteps;
    return {
      rewards,
      terminateds: rewards.map(() => dead),
      truncateds: rewards.map(() => late),
      infos: state.places.map((place) => ({ place: place & 15 })),
      done: dead || late,
    };
  }

  /** @returns {string} 16 hex digits that depend on all of the state */
  hash() {
    const { t, chance, places, lives, secret } = this.state;
    let high = t ^ Math.imul(lives, 0x45d9f3b);
    let low = chance ^ secret;
    for (const place of places) {
      high = Math.imul(high ^ place, 16777619);
      low = Math.imul(low ^ (place + high), 2246822519) ^ (low >>> 13);
    }
    return [high, low].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }
}

/** @param {number} session @param {number} epoch */
export function toySeed(session, epoch) {
  return (Math.imul(session ^ 0x9e3779b9, 2654435761) + epoch * 7919) | 0;
}
