// The types of `site`, the one object that igbuild writes into config.js (docs/architecture.md).

/**
 * An agent's id as the environment gives it. Where it is a key of a table here, it is written as `String(id)`.
 *
 * @typedef {import("../worker/protocol.js").AgentId} AgentId
 */

/**
 * An action as the environment takes it: whatever JSON says.
 *
 * @typedef {unknown} Action
 */

/**
 * @typedef {object} Controls
 * @property {Action} defaultAction taken while no bound key is held
 * @property {Record<string, Action>} keys `event.key`, or several joined by `+`, to action
 */

/**
 * @typedef {object} GlobalSpec a URL parameter that reaches the entry point
 * @property {"int" | "float" | "str" | "bool"} type
 * @property {GlobalValue | null} [default] passed when the address does not give it; absent or null: not passed
 * @property {GlobalValue[] | null} [choices] absent or null: any value of the type
 */

/** @typedef {number | string | boolean} GlobalValue */

/** @typedef {{name: string, url: string, size: number}} ImageAsset */

/** @typedef {{name: string, image: string, data: string, size: number}} AtlasAsset */

/**
 * @typedef {object} GameConfig
 * @property {number} fps steps per second
 * @property {number} maxSteps of one episode
 * @property {number} episodes
 * @property {number | null} seed of the session; null: drawn for each session
 * @property {"draw" | "rgb_array"} render
 * @property {number} width of the picture on the page, in CSS pixels
 * @property {number} height
 * @property {string} background `#rrggbb`, behind the picture
 * @property {string} hud text above the picture (hud.js)
 * @property {string} instructions for participants, before they begin; may have several lines, or be empty
 * @property {"pressed_keys" | "single_keystroke"} inputMode
 * @property {"pause" | "continue"} whenHidden
 */

/**
 * Times are in ms, the rest counts steps; rollback/config.js says what each is for.
 *
 * @typedef {object} MultiplayerConfig
 * @property {number} inputDelay
 * @property {number} predictionWindow
 * @property {number | null} snapshotInterval null: measured
 * @property {number} hashInterval
 * @property {"repeat" | "default"} predictor
 * @property {number} interruptMs
 * @property {number} dropMs
 * @property {number} absentMs
 * @property {"halt" | "flag"} desyncPolicy
 * @property {"away" | "pause"} absencePolicy
 */

/**
 * How people meet and part.
 *
 * @typedef {object} PeopleConfig
 * @property {boolean} probe the hub has round trips measured before it makes a match
 * @property {string[]} attributes URL parameters by which people are matched
 * @property {number} connectMs given to a direct connection before another way is taken
 * @property {number | null} focusMs for which somebody may look elsewhere; null: for ever
 * @property {{partnerLeft: string, waitTimeout: string, focusTimeout: string, partnerFocusTimeout: string}} messages
 */

/**
 * @typedef {object} ServerConfig
 * @property {string | null} url origin of the server where players meet and data goes; null: that of the page
 * @property {string | null} endpoint address to which data is posted instead
 * @property {string} participant URL parameter that names the participant
 * @property {number} hashInterval steps between two hashes of the state in a lone player's rows; 0: none
 * @property {boolean} observations rows hold them
 */

/**
 * What participants get at the end.
 *
 * @typedef {object} CompletionConfig
 * @property {string | null} code the same for everybody
 * @property {boolean} drawCode a code is drawn for each session
 * @property {string | null} redirect address with `{names}`
 * @property {number} countdown seconds before the page goes there
 * @property {string[]} after endings after which it is given (net/endings.js, and `completed`, `halted`, `failed`)
 * @property {string} participant URL parameter that names the participant
 */

/**
 * @typedef {object} SiteConfig
 * @property {{name: string, title: string, version: string}} experiment
 * @property {string} igbuild version that built the site
 * @property {string} lockHash
 * @property {string} siteId names this build
 * @property {GameConfig} game
 * @property {Controls & {labels?: Record<string, string>, agents: Record<string, Controls>}} controls `labels`: what keys
 *   are for, in words; absent: nothing is said; `agents`: those whose controls are their own
 * @property {{agent: AgentId, humans: AgentId[] | null, names: Record<string, string>, bots: Record<string, unknown>}} players
 * @property {MultiplayerConfig} [multiplayer] only in a game of several
 * @property {PeopleConfig} [people] only in a game of several
 * @property {ServerConfig} [server] only in a game of several, or where steps are handed in
 * @property {CompletionConfig} [completion] only where participants get something at the end
 * @property {{images: ImageAsset[], atlases: AtlasAsset[]}} assets
 * @property {Record<string, GlobalSpec>} globals
 * @property {string[]} recorded URL parameters that are recorded with the session and reach nobody else
 * @property {{init: number, request: number}} timeouts in milliseconds
 * @property {WorkerInit} worker payload of the worker's `init`
 */

/** @typedef {import("../worker/protocol.js").WorkerInit} WorkerInit */

export {};
