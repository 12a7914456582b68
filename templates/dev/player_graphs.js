// The graphs of one player: round trips, prediction, and what was played again.
import { el } from "./dom.js";
import { Graph, scaleOf } from "./graph.js";
import { SPAN_MS } from "./history.js";

/** @typedef {import("../game/multiplayer/flight_recorder.js").TickRecord} TickRecord */
/** @typedef {import("./graph.js").Palette} Palette */
/** @typedef {{at: number, trips: {player: number, rtt: number}[]}} Trips */

/** Where zero lies in the graph of replays: time goes up from it, steps go down. */
const ZERO = 0.62;
/** Part of the ticks whose time fits into the scale. */
const USUAL = 0.98;
/** What the left edge is. */
const AGO = `${SPAN_MS / 1000} s ago`;

export class PlayerGraphs {
  #rtt = new Graph("Round trip", "Milliseconds there and back, a line for each other player in its colour: the median of the last seven pings");
  #depth = new Graph("Prediction", "Steps taken beyond those for which everybody's actions are known. Red: the page stalled, as it may not go further");
  #replay = new Graph("Replay", "Up: milliseconds in Python of each tick, coloured where it played steps again. Down: how many");
  element = el("div", { className: "graphs" }, this.#rtt.element, this.#depth.element, this.#replay.element);

  /**
   * @param {number} now
   * @param {Palette} palette
   * @param {readonly TickRecord[]} ticks
   * @param {readonly Trips[]} trips
   */
  draw(now, palette, ticks, trips) {
    this.#drawTrips(now, palette, trips);
    this.#drawDepth(now, palette, ticks);
    this.#drawReplay(now, palette, ticks);
  }

  /** @param {number} now @param {Palette} palette @param {readonly Trips[]} all */
  #drawTrips(now, palette, all) {
    const latest = all.at(-1)?.trips ?? [];
    const most = scaleOf(Math.max(0, ...all.flatMap(({ trips }) => trips.map(({ rtt }) => rtt))), 20);
    const drawing = this.#rtt.begin(now, palette, range(latest.map(({ rtt }) => Math.round(rtt))));
    for (const { player } of latest) {
      const points = all.flatMap(({ at, trips }) => trips.filter((trip) => trip.player === player && trip.rtt > 0).map(({ rtt }) => ({ at, value: rtt })));
      drawing.line(points, most, palette.player(player));
    }
    drawing.label(`${most} ms`);
    drawing.label(AGO, "bottom");
  }

  /** @param {number} now @param {Palette} palette @param {readonly TickRecord[]} ticks */
  #drawDepth(now, palette, ticks) {
    const most = scaleOf(Math.max(0, ...ticks.map(({ depth }) => depth)), 8);
    const drawing = this.#depth.begin(now, palette, ticks.length ? steps(ticks[ticks.length - 1].depth) : "");
    drawing.marks(ticks.filter(({ status }) => status === "stalled").map(({ at }) => at), 40, palette.of("stall"));
    drawing.area(ticks.map(({ at, depth }) => ({ at, value: depth })), most, palette.of("depth"));
    drawing.label(steps(most));
    drawing.label(AGO, "bottom");
  }

  /** @param {number} now @param {Palette} palette @param {readonly TickRecord[]} ticks */
  #drawReplay(now, palette, ticks) {
    const timed = ticks.map(({ at, ms, replayed }) => ({ at, value: ms ?? 0, replayed }));
    const again = timed.filter(({ replayed }) => replayed > 0);
    const most = scaleOf(usual(timed.map(({ value }) => value)), 10);
    const mostSteps = scaleOf(Math.max(0, ...again.map(({ replayed }) => replayed)), 8);
    const last = again.at(-1);
    const drawing = this.#replay.begin(now, palette, last ? `${last.value.toFixed(1)} ms, ${steps(last.replayed)}` : "none");
    drawing.bars(timed.filter(({ replayed }) => replayed === 0), most, palette.of("calm"), { from: ZERO, to: 0 });
    drawing.bars(again, most, palette.of("replay"), { from: ZERO, to: 0 });
    drawing.bars(again.map(({ at, replayed }) => ({ at, value: replayed })), mostSteps, palette.of("steps"), { from: ZERO, to: 1 });
    drawing.across(ZERO);
    drawing.label(`${most} ms`);
    drawing.label(steps(mostSteps), "bottom");
  }
}

/** @param {number[]} values @returns {number} the greatest but for a few: one hitch must not flatten all else */
const usual = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length * USUAL)] ?? 0;

/** @param {number} count */
const steps = (count) => `${count} ${count === 1 ? "step" : "steps"}`;

/** @param {number[]} trips in ms @returns {string} one number where they are alike, else the least and the greatest */
function range(trips) {
  if (trips.length === 0) return "";
  const [least, greatest] = [Math.min(...trips), Math.max(...trips)];
  return least === greatest ? `${least} ms` : `${least} – ${greatest} ms`;
}
