// The named scenarios: what each link, page and player does to the mesh.

/** @typedef {import("./fleet.js").FleetOptions} FleetOptions */

/** @type {Omit<FleetOptions, "players" | "seed">} */
export const BASE = {
  fps: 30,
  D: 1,
  P: 8,
  K: 4,
  H: 30,
  episodes: 3,
  maxSteps: 450,
  workMs: 2,
  maxMs: 240_000,
  link: { loss: 0, delay: 20, jitter: 5 },
};

/** What a scenario is about: at least so much of it in its eight runs together, about half of what there was. */
/** @typedef {{rollbacks?: number, depth?: number, undoneEnds?: number, stalls?: number, fastForwarded?: number}} Premise */

/** @typedef {Partial<FleetOptions> & {players: number, premise?: Premise}} Case */

/** A link that loses a packet now and then. */
const lossy = { loss: 0.05, delay: 40, jitter: 20 };
const rough = { loss: 0.1, delay: 60, jitter: 40 };

/** @type {Record<string, Case>} */
export const CASES = {
  clean: { players: 2, link: { loss: 0, delay: 5, jitter: 1 } },
  wan: { players: 2, link: { loss: 0.02, dup: 0.01, delay: 50, jitter: 20 }, premise: { rollbacks: 500, depth: 3, undoneEnds: 3 } },
  mobile: {
    players: 2,
    link: { loss: 0.1, dup: 0.02, delay: 80, jitter: 60, reorder: 0.05, burstRate: 0.01, burstLen: 8 },
    premise: { rollbacks: 400, depth: 8, undoneEnds: 10, stalls: 80 },
  },
  terrible: {
    players: 2,
    link: { loss: 0.25, dup: 0.05, delay: 150, jitter: 120, reorder: 0.1, burstRate: 0.02, burstLen: 25 },
    premise: { rollbacks: 300, depth: 8, undoneEnds: 10, stalls: 1800 },
  },
  asym: {
    players: 2,
    link: { loss: 0.02, delay: 20, jitter: 10 },
    links: { "0>1": { delay: 150, loss: 0.15 } },
    premise: { rollbacks: 400, depth: 8, undoneEnds: 7, stalls: 9 },
  },
  nodelay: { players: 2, D: 0, link: { loss: 0.05, delay: 60, jitter: 30 }, premise: { rollbacks: 500, depth: 8, undoneEnds: 7 } },
  slowworker: { players: 2, workMs: 9, link: { loss: 0.05, delay: 60, jitter: 30 }, premise: { rollbacks: 400, depth: 8, undoneEnds: 2 } },
  skewed: { players: 2, skew: [0.01, -0.01], link: { loss: 0.02, delay: 40, jitter: 10 }, premise: { rollbacks: 300, depth: 8, undoneEnds: 4 } },
  latestart: { players: 2, startSkewMs: 900, link: { loss: 0.02, delay: 40, jitter: 10 }, premise: { rollbacks: 500, depth: 3, undoneEnds: 1 } },
  three: { players: 3, link: { loss: 0.05, delay: 40, jitter: 30 }, premise: { rollbacks: 800, depth: 8, undoneEnds: 3 } },
  six: { players: 6, link: { loss: 0.05, dup: 0.02, delay: 40, jitter: 30 }, premise: { rollbacks: 1300, depth: 8, undoneEnds: 8 } },
  blackout: {
    players: 2,
    link: lossy,
    script: [{ at: 4000, block: ["0>1", "1>0"] }, { at: 7000, heal: true }],
    premise: { rollbacks: 400, depth: 8, undoneEnds: 2, stalls: 600 },
  },
  oneway: {
    players: 3,
    link: { loss: 0.02, delay: 30, jitter: 20 },
    script: [{ at: 4000, block: ["0>1"] }, { at: 7000, heal: true }],
    premise: { rollbacks: 500, depth: 8, undoneEnds: 4, stalls: 400 },
  },
  freezePause: {
    players: 2,
    dropMs: 20_000,
    link: lossy,
    script: [{ at: 3000, freeze: 1 }, { at: 9000, thaw: 1 }],
    premise: { rollbacks: 400, depth: 8, undoneEnds: 4, stalls: 600 },
  },
  awayFreeze: {
    players: 2,
    dropMs: 30_000,
    link: lossy,
    script: [{ at: 3000, away: 1, freeze: 1 }, { at: 9000, thaw: 1 }],
    premise: { rollbacks: 300, depth: 8, undoneEnds: 1, stalls: 20, fastForwarded: 300 },
  },
  awayAwake: {
    players: 2,
    dropMs: 30_000,
    link: rough,
    script: [{ at: 3000, away: 0 }, { at: 6000, away: 1 }, { at: 8000, away: 0 }],
    premise: { rollbacks: 400, depth: 8, undoneEnds: 6, stalls: 20, fastForwarded: 4 },
  },
  awayBoth: {
    players: 2,
    dropMs: 30_000,
    link: rough,
    script: [{ at: 3000, away: 0, freeze: 0 }, { at: 3040, away: 1, freeze: 1 }, { at: 6000, thaw: 1 }, { at: 7000, thaw: 0 }],
    premise: { rollbacks: 400, depth: 8, undoneEnds: 4, stalls: 80 },
  },
  awayBoundary: {
    players: 2,
    dropMs: 30_000,
    link: lossy,
    script: [{ at: 8000, away: 1, freeze: 1 }, { at: 22_000, thaw: 1 }],
    premise: { rollbacks: 300, depth: 8, stalls: 200, fastForwarded: 300 },
  },
  away3: {
    players: 3,
    dropMs: 30_000,
    link: lossy,
    script: [{ at: 3000, away: 2, freeze: 2 }, { at: 7000, thaw: 2 }],
    premise: { rollbacks: 700, depth: 8, undoneEnds: 1, stalls: 100, fastForwarded: 100 },
  },
  awayKill3: {
    players: 3,
    dropMs: 3000,
    link: { loss: 0.1, delay: 40, jitter: 30 },
    script: [{ at: 3000, away: 2, freeze: 2 }, { at: 4000, kill: 0 }, { at: 5500, thaw: 2 }],
    premise: { rollbacks: 500, depth: 8, undoneEnds: 5, stalls: 300, fastForwarded: 90 },
  },
  kill3: { players: 3, dropMs: 3000, link: { loss: 0.1, delay: 50, jitter: 40 }, script: [{ at: 4000, kill: 1 }], premise: { rollbacks: 600, depth: 8, undoneEnds: 7, stalls: 500 } },
  kill4asym: {
    players: 4,
    dropMs: 3000,
    link: { loss: 0.15, delay: 50, jitter: 60 },
    links: { "2>0": { delay: 300, loss: 0.4 } },
    script: [{ at: 4000, kill: 2 }],
    premise: { rollbacks: 700, depth: 8, undoneEnds: 10, stalls: 900 },
  },
  muteKill3: {
    players: 3,
    dropMs: 3000,
    link: { loss: 0.02, delay: 30, jitter: 20 },
    script: [{ at: 4000, block: ["2>0", "2>1"] }, { at: 4250, kill: 2 }, { at: 9000, heal: true }],
    premise: { rollbacks: 400, depth: 8, undoneEnds: 2, stalls: 400 },
  },
  muteHalt2: {
    players: 2,
    dropMs: 3000,
    expectHalt: "must",
    link: { loss: 0.02, delay: 30, jitter: 20 },
    script: [{ at: 4000, block: ["1>0"] }, { at: 4250, kill: 1 }],
    premise: { rollbacks: 100, stalls: 300 },
  },
  kill2halt: { players: 2, dropMs: 3000, expectHalt: "must", link: { loss: 0.1, delay: 50, jitter: 40 }, script: [{ at: 4000, kill: 1 }], premise: { rollbacks: 100, depth: 3, stalls: 200 } },
  returnFar: {
    players: 3,
    dropMs: 30_000,
    link: { loss: 0.02, delay: 20, jitter: 10 },
    links: { "0>1": { loss: 0.6, delay: 300 } },
    script: [{ at: 4000, away: 2, freeze: 2 }, { at: 6000, thaw: 2 }, { at: 9000, away: 2, freeze: 2 }, { at: 9500, thaw: 2 }],
    premise: { rollbacks: 600, depth: 8, undoneEnds: 8, stalls: 500, fastForwarded: 90 },
  },
  split: {
    players: 4,
    dropMs: 3000,
    expectHalt: "must",
    link: lossy,
    script: [{ at: 4000, block: ["0>2", "0>3", "1>2", "1>3", "2>0", "2>1", "3>0", "3>1"] }],
    premise: { rollbacks: 500, depth: 3, stalls: 1100 },
  },
  planted: { players: 2, corrupt: { peer: 1, epoch: 1, frame: 33 }, link: { loss: 0.02, delay: 40, jitter: 20 } },
};
