// Random meshes: links, windows, clocks and mishaps drawn from one seed.
import { randomStream } from "./random.js";

/** @typedef {import("./fleet.js").FleetOptions} FleetOptions */
/** @typedef {import("./fleet.js").ScriptLine} ScriptLine */

/** Dead, away or frozen peers are as many as the survivors can do without. */
const MISHAPS = /** @type {const} */ (["none", "none", "freeze", "away", "kill", "awayAndKill", "leave", "hiddenGap", "returnAndLeave"]);

/** Mishaps after which the others should not wait long. @type {ReadonlySet<string>} */
const DEADLY = new Set(["kill", "awayAndKill", "leave", "returnAndLeave"]);

/**
 * @param {number} seed
 * @returns {FleetOptions}
 */
export function swarmOptions(seed) {
  const random = randomStream(seed * 977 + 5);
  const whole = (/** @type {number} */ low, /** @type {number} */ high) => low + Math.floor(random() * (high - low + 1));
  const players = whole(2, 5);
  const link = {
    loss: random() * 0.25,
    dup: random() * 0.1,
    delay: 2 + random() * 120,
    jitter: random() * 120,
    reorder: random() * 0.1,
    burstRate: random() * 0.02,
    burstLen: whole(0, 29),
  };
  const mishap = MISHAPS[whole(0, MISHAPS.length - 1)];
  const script = scriptOf(mishap, players, random);
  return {
    seed,
    players,
    fps: whole(10, 60),
    D: whole(0, 3),
    P: whole(4, 12),
    K: whole(1, 6),
    H: whole(5, 40),
    episodes: 3,
    maxSteps: 450,
    maxMs: 300_000,
    workMs: 0.5 + random() * 4,
    link,
    script,
    predictor: random() < 0.5 ? "repeat" : "default",
    dropMs: DEADLY.has(mishap) ? 4000 : 30_000,
    skew: Array.from({ length: players }, () => (random() - 0.5) * 0.02),
    startSkewMs: random() * 400,
    changeRate: 0.05 + random() * 0.6,
    expectHalt: players === 2 && (mishap === "kill" || mishap === "leave" || mishap === "returnAndLeave") ? "may" : undefined,
  };
}

/**
 * @param {(typeof MISHAPS)[number]} mishap
 * @param {number} players
 * @param {() => number} random
 * @returns {ScriptLine[]}
 */
function scriptOf(mishap, players, random) {
  const [a, b] = [Math.floor(random() * players), Math.floor(random() * players)];
  const at = 1500 + random() * 12_000;
  const other = players > 3 && a !== b;
  switch (mishap) {
    case "freeze":
      return [{ at, freeze: a }, { at: at + random() * 3500, thaw: a }];
    case "away":
      return [{ at, away: a, freeze: a }, { at: at + random() * 9000, thaw: a }];
    case "kill":
      return [{ at, kill: a }];
    case "leave":
      return [{ at, leave: a }];
    case "awayAndKill":
      return [{ at, away: a, freeze: a }, { at: at + 200 + random() * 3000, thaw: a }, ...(other ? [{ at: at + random() * 2500, kill: b }] : [])];
    case "hiddenGap":
      return [{ at, hide: a, freeze: a }, { at: at + 600 + random() * 3000, thaw: a }, { at: at + 7000, show: a }];
    case "returnAndLeave":
      return [{ at, away: a, freeze: a }, { at: at + 500, thaw: a }, { at: at + 700 + random() * 1500, leave: a }];
    default:
      return [];
  }
}
