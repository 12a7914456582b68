// The entry of the page of `igbuild serve --dev --players`: all players of one game, their links, and what differs.
import { Column } from "./column.js";
import { byId, el, write } from "./dom.js";
import { Palette } from "./graph.js";
import { LinkPanel } from "./link_panel.js";
import { Links } from "./links.js";
import { SharedNews } from "./news.js";
import { Player } from "./player.js";
import { Shaping } from "./shaping.js";
import { StatePanel } from "./state_panel.js";

/** @typedef {{title: string, participant: string, players: import("./player.js").Role[]}} Experiment */

/** Between two looks at the pages, in ms. */
const LOOK_MS = 100;
/** Time given to a player to get into the waiting room before the next is sent there, in ms. */
const TURN_MS = 1500;

/** What is shown; empty before the first build. */
let shown = "";
/** Frames look here when they load. */
const news = new SharedNews((told) => void hear(told));
Object.assign(globalThis, { igbuildNews: news });

/** @param {import("./news.js").BuildNews} told */
async function hear({ error }) {
  write(byId("news"), error === null ? "" : "The last build failed; the pages say why.");
  byId("news").classList.toggle("failed", error !== null);
  const answer = await fetch("/__igbuild/players/experiment.json");
  const text = await answer.text();
  /** @type {Experiment | null} */
  const experiment = JSON.parse(text);
  if (experiment === null) write(byId("news"), error ?? "Building …");
  else if (shown === "") {
    shown = text;
    show(experiment);
  } else if (text !== shown) location.reload(); // other players, another title: begin anew
}

/** @param {Experiment} experiment */
function show({ title, participant, players: roles }) {
  document.title = `${title} · ${roles.length} players`;
  write(byId("title"), title);
  const players = roles.map((_, number) => {
    const query = new URLSearchParams(location.search);
    query.set(participant, `dev-${number + 1}`);
    return new Player(number, `/?${query}`, roles);
  });
  const columns = players.map((player) => new Column(player));
  byId("players").replaceChildren(...columns.map(({ element }) => element));
  const links = new Links(roles.length);
  const shaping = new Shaping(links);
  const linkPanel = new LinkPanel(links, players);
  const statePanel = new StatePanel(players, () => selectTab("states"));
  const goOn = starter(players);

  const playerOf = (/** @type {unknown} */ agent) => players.find(({ role }) => role?.agent === agent)?.number ?? null;
  setInterval(() => {
    const now = performance.timeOrigin + performance.now();
    for (const player of players) player.look(now, playerOf);
    shaping.apply(players.map(({ page, seat }) => ({ lab: page?.igbuildLab ?? null, seat })));
    const palette = new Palette();
    for (const column of columns) column.update(now, palette);
    linkPanel.update();
    statePanel.update();
    goOn();
  }, LOOK_MS);
}

/**
 * Starting: one after the other, so that the first player takes the first place.
 *
 * @param {readonly Player[]} players
 * @returns {() => void} to be called at each look
 */
function starter(players) {
  const byItself = /** @type {HTMLInputElement} */ (byId("by-itself"));
  /** @type {Player[]} */
  let waiting = [];
  let at = -Infinity;
  const start = () => {
    waiting = players.filter(({ awaitsStart }) => awaitsStart);
    at = -Infinity;
    players[0].focus();
  };
  byId("start").addEventListener("click", start);
  byId("reload").addEventListener("click", () => players.forEach((player) => player.reload()));
  return () => {
    const ready = players.every(({ phase }) => phase === "start");
    /** @type {HTMLButtonElement} */ (byId("start")).disabled = !players.some(({ phase }) => phase === "start");
    if (byItself.checked && ready && waiting.length === 0) start();
    const before = players[players.indexOf(waiting[0]) - 1];
    if (waiting.length === 0 || (before?.phase === "start" && performance.now() - at < TURN_MS)) return;
    if (waiting[0].awaitsStart && waiting[0].phase !== "start") return; // it is still being loaded
    waiting.shift()?.start();
    at = performance.now();
  };
}

/** @param {"links" | "states"} name */
function selectTab(name) {
  for (const each of ["links", "states"]) {
    byId(each).hidden = each !== name;
    byId(`tab-${each}`).setAttribute("aria-selected", String(each === name));
  }
  byId("presets").hidden = name !== "links";
}

byId("tab-links").addEventListener("click", () => selectTab("links"));
byId("tab-states").addEventListener("click", () => selectTab("states"));
byId("players").replaceChildren(el("p", { className: "quiet", textContent: "Building …" }));
