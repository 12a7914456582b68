// State panel: two pages that differ, frame by frame, with the first value that is not the same.
import { compare, firstDifferent, momentLines, verdict } from "./comparison.js";
import { byId, el } from "./dom.js";

/** @typedef {import("../game/multiplayer/flight_recorder.js").Desync} Desync */
/** @typedef {import("./comparison.js").Moment} Moment */
/** @typedef {import("./player.js").Player} Player */

/** Lines of a state that are shown; a desync is among the first that differ. */
const MOST_LINES = 400;
const NONE = "No two pages have differed. Should they, both states are shown here, with the first value that is not the same.";

/** What a page told. @typedef {{kept: Desync, name: string, seat: number}} Told */

/** @param {Told} one @param {Told} other @returns {boolean} whether it is from each other that they differ, in the same round of the same game */
function differ(one, other) {
  const [mine, theirs] = [one.kept, other.kept];
  return mine.session === theirs.session && mine.episode === theirs.episode && (mine.other === other.seat || theirs.other === one.seat);
}

export class StatePanel {
  #players;
  #onFound;
  /** What was fetched, by player: it outlives the page that it came from. @type {Map<number, Told>} */
  #found = new Map();
  /** Fetched from these pages already. @type {WeakSet<Desync>} */
  #seen = new WeakSet();
  #panel = byId("states");
  #onlyDifferences = true;

  /** @param {readonly Player[]} players @param {() => void} onFound */
  constructor(players, onFound) {
    this.#players = players;
    this.#onFound = onFound;
    this.#panel.replaceChildren(el("p", { className: "quiet", textContent: NONE }));
  }

  /** Take what pages have found since the last look. */
  update() {
    let fresh = false;
    for (const player of this.#players) {
      const { desync, seat } = player;
      if (!desync?.states || seat === null || this.#seen.has(desync)) continue;
      this.#seen.add(desync);
      this.#found.set(player.number, { kept: structuredClone(desync), name: player.name, seat });
      fresh = true;
    }
    if (fresh && this.#show()) this.#onFound();
  }

  /** @returns {boolean} whether two pages that differ from each other have told their states */
  #show() {
    const all = [...this.#found.values()].sort((a, b) => a.seat - b.seat);
    for (const [i, one] of all.entries()) {
      const other = all.slice(i + 1).find((each) => differ(one, each));
      if (!other) continue;
      const names = /** @type {[string, string]} */ ([one.name, other.name]);
      const moments = compare(one.kept.states ?? [], other.kept.states ?? []);
      this.#fill(moments, names, one.kept);
      return true;
    }
    return false;
  }

  /** @param {Moment[]} moments @param {[string, string]} names @param {Desync} desync */
  #fill(moments, names, { episode, located }) {
    const body = el("tbody");
    const head = el("p", { className: "quiet" });
    const only = el("input", { type: "checkbox", checked: this.#onlyDifferences });
    let shown = firstDifferent(moments) ?? moments.at(-1);
    const strip = moments.map((moment) => {
      const kind = `moment ${moment.equal ? "equal" : "different"} ${moment.held ? "held" : "again"}`;
      const title = `before step ${moment.frame}: ${moment.equal ? "equal" : "different"}${moment.held ? "" : ", played again from the snapshot before"}`;
      const button = el("button", { type: "button", className: kind, title, ariaLabel: title });
      button.addEventListener("click", () => show(moment));
      return button;
    });
    const show = (/** @type {Moment | undefined} */ moment) => {
      if (!moment) return;
      shown = moment;
      moments.forEach((each, i) => strip[i].setAttribute("aria-pressed", String(each === moment)));
      const all = momentLines(moment);
      const wanted = this.#onlyDifferences ? all.filter(({ equal }) => !equal) : all;
      const different = all.filter(({ equal }) => !equal).length;
      head.textContent = `Before step ${moment.frame}: ${different} of ${all.length} values differ${moment.held ? "" : " (played again from the snapshot before)"}`;
      body.replaceChildren(...wanted.slice(0, MOST_LINES).map(({ path, one, other, equal }) => el("tr", { className: equal ? "" : "different" }, el("td", {}, el("code", { textContent: path })), el("td", { textContent: one }), el("td", { textContent: other }))));
    };
    only.addEventListener("change", () => {
      this.#onlyDifferences = only.checked;
      show(shown);
    });
    const between = located ? ` The checkpoints part after step ${located.lastGood} and up to step ${located.firstBad}.` : "";
    this.#panel.replaceChildren(
      el("p", { className: "verdict", textContent: verdict(moments, names) }),
      el("p", { className: "quiet", textContent: `Round ${episode + 1}.${between} Each square is the state before a step: filled as it was, hollow where it was played again.` }),
      el("div", { className: "strip" }, `${moments[0]?.frame ?? ""} `, ...strip, ` ${moments.at(-1)?.frame ?? ""}`),
      el("div", { className: "apart" }, head, el("label", { className: "choice" }, only, "only what differs")),
      el("table", { className: "values" }, el("thead", {}, el("tr", {}, ...["Value", ...names].map((textContent) => el("th", { textContent, scope: "col" })))), body),
    );
    show(shown);
  }
}
