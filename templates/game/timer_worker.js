// The timer worker: ticks and sleeps from a thread that browsers do not throttle while the page is hidden.
import { TickClock } from "./clock.js";

/** @typedef {{type: "start" | "pace", interval: number} | {type: "stop"} | {type: "sleep", id: number, ms: number}} TimerRequest */
/** @typedef {{type: "tick", run: number, dropped: number} | {type: "awake", id: number}} TimerEvent */

/** @type {TickClock | null} */
let clock = null;
let run = 0;
let timer = 0;

/** @param {TimerEvent} event */
const tell = (event) => self.postMessage(event);

function arm() {
  if (clock) timer = Number(setTimeout(fire, clock.delay(performance.now())));
}

function fire() {
  if (!clock) return;
  const { ticks, dropped } = clock.take(performance.now());
  for (let tick = 0; tick < ticks; tick++) tell({ type: "tick", run, dropped: tick === 0 ? dropped : 0 });
  arm();
}

self.addEventListener("message", (/** @type {MessageEvent<TimerRequest>} */ { data }) => {
  if (data.type === "sleep") {
    setTimeout(() => tell({ type: "awake", id: data.id }), data.ms);
    return;
  }
  clearTimeout(timer);
  if (data.type === "pace") {
    clock?.pace(data.interval);
    arm();
    return;
  }
  run += 1;
  clock = data.type === "start" ? new TickClock(performance.now(), data.interval) : null;
  arm();
});
