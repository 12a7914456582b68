// Mistakes that a session could make, as patches, each with a scenario and seeds of which one shows it.

/** @typedef {import("./load_rollback.js").Patch} Patch */

/** @typedef {{about: string, patches: Patch[], scenario: string, seeds: number[]}} Mutant */

/** @type {Record<string, Mutant>} */
export const MUTANTS = {
  promoteAtC: {
    about: "publishes what only this peer is known to hold",
    patches: [{ module: "episode.js", find: "log.promote(slots.agreed(before),", put: "log.promote(slots.confirmed()," }],
    scenario: "muteKill3",
    seeds: [1, 2, 3, 4],
  },
  promoteSpec: {
    about: "publishes guesses",
    patches: [
      {
        module: "episode.js",
        find: "log.promote(slots.agreed(before), Math.min(timeline.simulated, correctFrom - 1));",
        put: "log.promote(Infinity, timeline.simulated);",
      },
    ],
    scenario: "wan",
    seeds: [1, 2, 3, 4],
  },
  endSpec: {
    about: "ends an episode at a speculative end",
    patches: [
      {
        module: "episode.js",
        find: "    this.promote(correctFrom);\n",
        put: "    if (this.timeline.newest?.done) this.log.promote(Infinity, this.timeline.simulated);\n    this.promote(correctFrom);\n",
      },
    ],
    scenario: "nodelay",
    seeds: [1, 2, 3, 4],
  },
  claimOwn: {
    about: "cuts a dead player off where this peer heard it last",
    patches: [
      { module: "membership.js", find: "if (last > this.slots.have(player) && !slot.settled) {", put: "if (last < 0) {" },
      { module: "membership.js", find: "if (this.roster.peers().every((peer) => claims.get(peer) === last)) this", put: "this" },
    ],
    scenario: "awayKill3",
    seeds: [1, 2, 3, 4],
  },
  claimMin: {
    about: "cuts a dead player off at what all survivors hold",
    patches: [
      { module: "input_queue.js", find: "  discardBefore(frame) {\n", put: "  truncate(last) { this.#inputs.length = last + 1 - this.#first; }\n\n  discardBefore(frame) {\n" },
      { module: "membership.js", find: "if (last > this.slots.have(player) && !slot.settled) {", put: "if (last < 0) {" },
      {
        module: "membership.js",
        find: "if (this.roster.peers().every((peer) => claims.get(peer) === last)) this.slots.settle(player);",
        put: "if (!this.roster.peers().every((peer) => claims.has(peer))) return;\n    this.slots.all[player].queue.truncate(Math.min(last, ...this.roster.peers().map((peer) => claims.get(peer))));\n    this.slots.settle(player);",
      },
    ],
    scenario: "awayKill3",
    seeds: [1, 2, 3, 4],
  },
  red3: {
    about: "repeats three inputs only",
    patches: [{ module: "slots.js", find: "Math.max(after + 1, queue.first);", put: "Math.max(after + 1, queue.first, queue.last - 2);" }],
    scenario: "mobile",
    seeds: [1, 2, 3, 4],
  },
  red10: {
    about: "repeats ten inputs only",
    patches: [{ module: "slots.js", find: "Math.max(after + 1, queue.first);", put: "Math.max(after + 1, queue.first, queue.last - 9);" }],
    scenario: "terrible",
    seeds: [1, 2, 3, 4],
  },
  noStall: {
    about: "plays on however late the others' inputs are",
    patches: [{ module: "planner.js", find: "return frame - confirmed <= predictionWindow ? 1 : 0;", put: "return 1;" }],
    scenario: "blackout",
    seeds: [1, 2, 3, 4],
  },
  oldSnapshots: {
    about: "keeps snapshots of a future that a rollback undid",
    patches: [
      { module: "timeline.js", find: "snapshots.filter((snapshot) => snapshot <= best);", put: "snapshots;" },
      { module: "plan_to_ops.js", find: "...(plan.load === null ? {} : { after: plan.load })", put: "" },
    ],
    scenario: "wan",
    seeds: [1, 2, 3, 4],
  },
  noBarrier: {
    about: "lets the authority play on before a return is known to all",
    patches: [{ module: "membership.js", find: "return this.#barrier?.frame ?? Infinity;", put: "return Infinity;" }],
    scenario: "returnFar",
    seeds: [1, 2, 3, 4],
  },
  forgetAway: {
    about: "forgets inputs that an absent peer still needs",
    patches: [{ module: "slots.js", find: "    const peers = this.roster.peers();\n    this.all.forEach(({ queue }, slot) => {", put: "    const peers = this.present();\n    this.all.forEach(({ queue }, slot) => {" }],
    scenario: "awayFreeze",
    seeds: [1, 2, 3, 4],
  },
  minorityPlays: {
    about: "goes on however few are left",
    patches: [{ module: "roster.js", find: "return (this.peers().length + 1) * 2 > this.members;", put: "return true;" }],
    scenario: "split",
    seeds: [1, 2, 3, 4],
  },
};
