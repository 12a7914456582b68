// What a game of several is made of besides the parts of every game. Types only.

/** @typedef {import("../rollback/types.js").Channel} Channel */
/** @typedef {import("../site_config.js").AgentId} AgentId */

/**
 * The way to the other peers, by slot. `inp` is unordered and unreliable and takes bytes, `ctl` is ordered and
 * reliable and takes plain objects, as rollback/types.js says. What arrives before anybody listens is kept.
 *
 * @typedef {object} Link
 * @property {(to: number, channel: Channel, data: any) => void} send never throws; where `inp` is congested a packet
 *   is left out, as the next one holds all that it held
 * @property {((from: number, channel: Channel, data: any) => void) | null} onMessage set by the game
 * @property {(to: readonly number[]) => Promise<void>} check tries both channels to these slots there and back, and looks
 *   for other paths where they do not work; ends when all work, or after a time: then the silent are the session's affair
 * @property {(to: number) => void} letGo nobody plays at this slot any more: its path need not be looked after
 */

/**
 * Players that were brought together.
 *
 * @typedef {object} Match
 * @property {Link} link
 * @property {number} me this page's slot: the place of its agent in `players.humans`
 * @property {number} tag 32 random bits, equal for all
 * @property {number} seed of the session, 32 bits, equal for all
 */

/**
 * @typedef {object} MultiplayerEdges
 * @property {(humans: readonly AgentId[]) => Promise<Match>} match finds the other players, one for each agent
 * @property {import("../game_parts.js").GameParts["screens"] & import("./peer_notices.js").NoticeScreens} screens
 * @property {import("../game_parts.js").GameParts["worker"]
 *   & Pick<import("../../worker/PyodideWorker.js").PyodideWorker, "computeHash" | "seedRng" | "lastTiming">} worker
 * @property {boolean} [freezes] whether this browser freezes hidden pages, as those of phones do
 * @property {(line: string) => void} [debug] takes a trace of each rollback, in a build for development
 * @property {import("./flight_recorder.js").FlightRecorder} [recorder] in a build for development
 */

/** @typedef {Omit<import("../game_parts.js").GameParts, keyof MultiplayerEdges> & MultiplayerEdges} MultiplayerParts */

export {};
