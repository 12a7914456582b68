// What a game is made of and what it holds while it runs. Types only.

/** @typedef {import("../worker/protocol.js").Op} Op */
/** @typedef {import("./input/key_state.js").Sample} Sample */
/** @typedef {import("./rows.js").PlannedRow} PlannedRow */
/** @typedef {import("./rows.js").Row} Row */
/** @typedef {import("./session_record.js").LocalFacts} LocalFacts */
/** @typedef {import("./site_config.js").AgentId} AgentId */

/** @typedef {"loading" | "start" | "waiting" | "countdown" | "playing" | "paused" | "over" | "end" | "error"} Phase */

/**
 * What a game is made of. The edges (worker, keyboard, timers, page) are handed in, so that the loop itself is plain
 * code without a DOM.
 *
 * @typedef {object} GameParts
 * @property {import("./site_config.js").SiteConfig} site
 * @property {Pick<import("../worker/PyodideWorker.js").PyodideWorker, "init" | "initEnv" | "batch" | "destroy">} worker
 * @property {Record<string, import("./site_config.js").GlobalValue>} globals
 * @property {import("./session_record.js").SessionRecord} record
 * @property {Pick<import("./ticker.js").Ticker, "start" | "pace" | "stop" | "sleep" | "destroy">} ticker
 * @property {import("./ui/screens.js").GameScreens} screens
 * @property {(agents: AgentId[]) => Controls} controls makes the keyboard for the agents that people play here
 * @property {() => Promise<Pick<import("./render/stage.js").Stage, "show">>} stage makes the stage; its assets load meanwhile
 * @property {() => boolean} hidden whether the page is hidden
 */

/** @typedef {{enable: () => void, disable: () => void, sample: () => Map<AgentId, Sample>}} Controls */

/** @typedef {{ops: Op[]}} Plan what one tick does: the ops of its one batch */

/**
 * A plan that only plays on.
 *
 * @typedef {object} StepsPlan
 * @property {Op[]} ops
 * @property {PlannedRow[]} frames one for each `step` among them, in order
 * @property {LocalFacts[]} facts one for each frame
 */

/**
 * An episode under way.
 *
 * @typedef {object} Episode
 * @property {number} index 0 for the first
 * @property {number} seed
 * @property {number} startedAt ms since the epoch
 * @property {Row[]} rows
 * @property {LocalFacts[]} facts one for each row
 * @property {number} earlyTicks
 * @property {number} droppedTicks
 */

export {};
