// Panels: what stands in front of the picture, one function for each.
import { formatNumber } from "../hud.js";
import { button, el } from "./dom.js";
import { byLabel, keyCaps, toldKeys } from "./key_names.js";

/** @typedef {import("../site_config.js").SiteConfig} SiteConfig */
/** @typedef {import("../session_record.js").Session} Session */
/** @typedef {import("./failure.js").Failure} Failure */

/**
 * A filled panel; `focus` is what the keyboard should be at. `byKey`: where a key goes on, a click does not.
 *
 * @typedef {{content: Node[], status: string, focus?: HTMLElement, byKey?: boolean}} Panel
 */

/**
 * @param {string} title
 * @returns {Panel & {update: (now: {fraction: number, text: string, bytes: string}) => void}}
 */
export function loadingPanel(title) {
  const bar = el("progress", "bar");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", "Loading");
  const text = el("span", null, "Loading");
  const bytes = el("span", "quiet");
  return {
    content: [el("h1", null, title), bar, el("p", "apart", text, bytes)],
    status: "Loading",
    update: (now) => {
      bar.value = now.fraction;
      if (text.textContent !== now.text) text.textContent = now.text;
      bytes.textContent = now.bytes;
    },
  };
}

/** @param {string} name of a key, or a combination @returns {HTMLElement} */
function keyShape(name) {
  const caps = keyCaps(name).map((cap) => el("kbd", null, cap));
  return el("span", "combination", ...caps.flatMap((cap, index) => (index === 0 ? [cap] : ["+", cap])));
}

/**
 * @param {SiteConfig["controls"]} controls
 * @returns {HTMLElement[]} the keys with what they are for, where the experiment says so
 */
export function keyLegend({ keys, labels = {}, agents }) {
  const groups = byLabel(labels);
  if (groups.length > 0) {
    return [el("dl", "legend", ...groups.flatMap(([label, names]) => [el("dt", null, ...names.map(keyShape)), el("dd", null, label)]))];
  }
  const names = toldKeys([keys, ...Object.values(agents).map((own) => own.keys)].flatMap((table) => Object.keys(table)));
  return names.length > 0 ? [el("p", "keys", ...names.map(keyShape))] : [];
}

/**
 * @param {SiteConfig} site
 * @param {Session} session
 * @param {() => void} start
 * @param {boolean} touch whether fingers are all that the device is known to have
 * @returns {Panel}
 */
export function startPanel({ experiment, game, controls }, { episode, reloads }, start, touch) {
  /** @type {HTMLElement[]} */
  const content = [el("h1", null, experiment.title)];
  if (game.instructions) content.push(el("p", "instructions", game.instructions));
  const legend = keyLegend(controls);
  content.push(...legend);
  if (game.episodes > 1) {
    const again = reloads.length > 0;
    const text = again ? `Round ${episode + 1} of ${game.episodes}` : `${game.episodes} rounds`;
    content.push(el("p", "quiet", text));
  }
  if (touch && legend.length > 0) {
    content.push(el("p", "message", "This game needs a keyboard. Please open the link on a computer; if a keyboard is connected, press any key."));
    return { content, status: `${experiment.title} needs a keyboard.`, byKey: true };
  }
  const focus = button("Start", start);
  content.push(focus, el("p", "quiet small", "Press any key, or click"));
  return { content, status: `${experiment.title} is ready. Press any key to start.`, focus };
}

/**
 * @param {{episode: number, episodes: number, score: number, left: number}} now `episode`: the one just over, 0 for
 *   the first is 1 here; `left`: seconds
 * @returns {Panel}
 */
export function countdownPanel({ episode, episodes, score, left }) {
  const next = `Round ${episode + 1} of ${episodes}`;
  return {
    content: [
      el("p", "quiet", `Round ${episode} is over: ${formatNumber(score)} points`),
      el("h1", null, next),
      el("p", "count", String(left)),
    ],
    status: `${next} begins in ${left}`,
  };
}

/**
 * @param {() => void} resume
 * @returns {Panel}
 */
export function pausePanel(resume) {
  const focus = button("Continue", resume);
  return {
    content: [el("h1", null, "Paused"), focus, el("p", "quiet small", "Press any key, or click")],
    status: "Paused. Press any key to continue.",
    focus,
  };
}

/**
 * @param {SiteConfig} site
 * @param {Session} session
 * @param {(() => void) | null} again begins another session; null: there is none
 * @returns {Panel}
 */
export function endPanel({ experiment, players }, { episodes }, again) {
  const agents = new Map(episodes.flatMap(({ scores }) => scores).map(([agent]) => [String(agent), agent]));
  const table = el("table", "scores");
  const named = [...agents.keys()].map((agent) => players.names[agent] ?? (agents.size > 1 ? agent : "Score"));
  const heading = el("tr", null, el("th", null, "Round"), ...named.map((name) => el("th", null, name)));
  table.append(el("thead", null, heading));
  const rows = episodes.map(({ episode, scores }) => {
    const byAgent = new Map(scores.map(([agent, sum]) => [String(agent), sum]));
    const cells = [...agents.keys()].map((agent) => el("td", null, formatNumber(byAgent.get(agent) ?? 0)));
    return el("tr", null, el("td", null, String(episode + 1)), ...cells);
  });
  table.append(el("tbody", null, ...rows));
  // Without the focus: whoever still taps a key of the game must not begin another session with it.
  const content = [el("h1", null, "Thank you for playing"), el("p", "quiet", experiment.title), el("div", "scroll", table)];
  return { content: [...content, ...(again ? [button("Play again", again)] : [])], status: "The session is over. Thank you for playing." };
}

/**
 * @param {Failure} failure
 * @param {() => void} reload
 * @returns {Panel}
 */
export function errorPanel({ headline, advice, type, message, details }, reload) {
  /** @type {HTMLElement[]} */
  const content = [
    el("h1", null, headline),
    el("p", "advice", advice),
    el("p", "message", ...(type ? [el("strong", null, type), " "] : []), message),
  ];
  if (details) {
    const lines = el("pre", "details", details);
    lines.tabIndex = 0;
    content.push(el("details", null, el("summary", null, "Details, for whoever built the game"), lines));
  }
  // Without the focus: a key of the game that is still tapped would take the message away unread.
  return { content: [...content, button("Try again", reload)], status: `${headline}. ${type ? `${type}: ` : ""}${message}` };
}

/**
 * @param {readonly string[]} problems with the page's address
 * @returns {Panel}
 */
export function refusalPanel(problems) {
  return {
    content: [
      el("h1", null, "This link cannot be used"),
      el("p", null, "The game cannot begin with the address of this page:"),
      el("ul", null, ...problems.map((problem) => el("li", null, problem))),
      el("p", "quiet", "Please check the link, or ask whoever gave it to you for a new one."),
    ],
    status: `This link cannot be used. ${problems.join(" ")}`,
  };
}
