// The vocabulary of rollback/: what a session takes and what it returns. Types only.

/**
 * What one slot does in one frame: its action's bytes, then one status byte (bit 0: the page is hidden).
 * Fixed width per session; treated as immutable.
 *
 * @typedef {Uint8Array} Input
 */

/**
 * What happened in one frame. The worker's parts are kept as they came (Maps keyed by agent, or arrays).
 *
 * @typedef {object} Row
 * @property {number} frame from 0, within the episode
 * @property {readonly Input[]} inputs that the frame was simulated with, by slot
 * @property {any} actions those that were taken, where the worker says so because bots play; else null
 * @property {any} rewards
 * @property {any} terminateds
 * @property {any} truncateds
 * @property {any} infos
 * @property {any} [obs] observations, where steps are asked for them
 * @property {boolean} done the episode is over after this frame
 * @property {string | null} stateHash of the state after the frame, in hex, at the frames that are hashed
 */

/**
 * One message to the worker. `steps[i]` is executed as frame `from + i`; a snapshot of frame f is the state *before* f,
 * a hash of frame f that of the state *after* it (-1: after the reset).
 *
 * @typedef {object} BatchPlan
 * @property {number} id unique within the session
 * @property {number} epoch number of the episode
 * @property {boolean} reset begin the episode before anything else
 * @property {number | null} keepFrom snapshots before this frame may go; null: none to drop
 * @property {number | null} load snapshot to go back to; all newer ones are void
 * @property {number} from
 * @property {readonly (readonly Input[])[]} steps
 * @property {readonly number[]} saves
 * @property {readonly number[]} hashes
 * @property {number} replayed how many of the steps had been simulated before
 * @property {boolean} render the last frame
 */

/**
 * @typedef {object} BatchReply
 * @property {number} id of the plan
 * @property {number} epoch of the plan
 * @property {Row[]} rows one for each step that ran: all, or up to the first that is done
 * @property {number[]} saved frames whose snapshots the worker now holds
 * @property {{frame: number, hash: string}[]} hashes
 */

/**
 * `inp` is unordered and unreliable and carries bytes; `ctl` is ordered and reliable and carries JSON objects.
 *
 * @typedef {"inp" | "ctl"} Channel
 */

/** @typedef {{to: number, channel: "inp", data: Uint8Array} | {to: number, channel: "ctl", data: any}} Packet */

/**
 * What happened to one frame on this peer alone; never part of the shared rows.
 *
 * @typedef {object} LocalFacts
 * @property {number} frame
 * @property {boolean} wasPredicted some input was a guess when the frame was first simulated
 * @property {number} replays how often it was simulated again
 */

/**
 * `verified`: every peer's chain is equal. `partial`: the agreed prefix of an episode that could not end.
 * `desynced`: the chains differ.
 *
 * @typedef {"verified" | "partial" | "desynced"} EpisodeStatus
 */

/**
 * An episode as it is exported. `lastAgreed` is the last of its rows; `firstBad` the first checkpoint frame at which
 * chains were seen to differ.
 *
 * @typedef {object} EpisodeRecord
 * @property {number} epoch
 * @property {EpisodeStatus} status
 * @property {readonly Row[]} rows
 * @property {readonly LocalFacts[]} localFacts parallel to `rows`
 * @property {number} lastAgreed
 * @property {string} chain
 * @property {number | null} firstBad
 */

/** @typedef {"dropped-by-peers" | "minority" | "incompatible" | "desync" | "worker-failed" | "left"} HaltReason */

/**
 * @typedef {{type: "EpisodeStarted", epoch: number}
 *   | {type: "EpisodeEnded", record: EpisodeRecord}
 *   | {type: "Halted", reason: HaltReason, player: number | null, record: EpisodeRecord | null}
 *   | {type: "PeerInterrupted", player: number, silentMs: number}
 *   | {type: "PeerResumed", player: number}
 *   | {type: "PeerDropped", player: number, at: number}
 *   | {type: "PeerLeft", player: number}
 *   | {type: "PeerAbsent", player: number, at: number}
 *   | {type: "PeerReturned", player: number, frame: number}
 *   | {type: "Stalled", waitingFor: number[]}
 *   | {type: "Unstalled"}
 *   | {type: "Incompatible", player: number, field: string, ours: any, theirs: any}
 *   | {type: "DesyncDetected", player: number, epoch: number, frame: number}
 *   | {type: "DesyncLocated", player: number, epoch: number, lastGood: number, firstBad: number, snapshot: number}} RollbackEvent
 */

/**
 * What the tick did: opened new frames, only replayed, waits for others' inputs, waits at a speculative end, let a
 * remote catch up, waits for the worker, or is not in the middle of an episode.
 *
 * @typedef {"advanced" | "corrected" | "stalled" | "holding" | "paced" | "busy" | "not-running"} TickStatus
 */

/**
 * @typedef {object} TickResult
 * @property {TickStatus} status
 * @property {BatchPlan | null} batch the one message to post to the worker
 * @property {Packet[]} packets to send, in this order
 * @property {RollbackEvent[]} events
 * @property {number} authored frames for which the local input was taken: 0 means it still stands
 * @property {number} periodMs until the next tick
 */

export {};
