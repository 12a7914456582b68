// The judge of a run: sees every peer's rows at once, and replays them in a fresh game.
import { ToyEnv, toySeed } from "./toy_env.js";

/** @typedef {import("./fleet.js").FleetOptions} FleetOptions */
/** @typedef {import("./fleet.js").FleetResult} FleetResult */
/** @typedef {import("./fleet.js").Peer} Peer */
/** @typedef {import("../../../../templates/game/rollback/types.js").Row} Row */

/** @typedef {{player: number, rows: readonly Row[], finished: boolean, chain: string}} Log */

/** Frames beyond the window that may be kept while a peer is silent. */
const KEPT_FRAMES = 120;

/**
 * @param {FleetOptions} options
 * @param {FleetResult} result
 * @returns {string[]} what went wrong, worst first; empty when all is well
 */
export function judge(options, result) {
  const failures = [];
  for (let epoch = 0; epoch < options.episodes; epoch++) {
    const logs = result.peers.flatMap((peer, player) => logOf(peer, player, epoch));
    if (!logs.length) continue;
    const longest = logs.reduce((best, log) => (log.rows.length > best.rows.length ? log : best));
    failures.push(...parity(logs, longest, epoch), ...replay(options, longest, epoch));
  }
  failures.push(...result.broken, ...bounds(options, result), ...verdicts(result), ...liveness(options, result));
  return failures;
}

/** @param {Peer} peer @param {number} player @param {number} epoch @returns {Log[]} */
function logOf({ records, partial, session }, player, epoch) {
  const finished = records.find((record) => record.epoch === epoch);
  const halted = partial?.epoch === epoch ? partial : null;
  const running = session.episode?.epoch === epoch ? session.episode.log : null;
  const rows = finished?.rows ?? halted?.rows ?? running?.frameDataBuffer ?? [];
  const chain = finished?.chain ?? halted?.chain ?? running?.chain ?? "";
  return rows.length ? [{ player, rows, finished: finished !== undefined, chain }] : [];
}

/**
 * (a) equal rows on every peer, dead ones included; (c) equal last frames and chains. Also I11, I13 and I15: a cut
 * below anybody's canonical rows would show as rows that differ.
 *
 * @param {Log[]} logs
 * @param {Log} longest
 * @param {number} epoch
 */
function* parity(logs, longest, epoch) {
  for (const { player, rows } of logs) {
    const frame = rows.findIndex((row, f) => rowText(row) !== rowText(longest.rows[f]));
    if (frame >= 0) yield `parity: episode ${epoch} frame ${frame}: peer ${player} ${rowText(rows[frame])}, peer ${longest.player} ${rowText(longest.rows[frame])}`;
  }
  const lengths = new Map(logs.map(({ rows, chain }) => [rows.length, chain]));
  for (const { player, rows, chain } of logs) if (lengths.get(rows.length) !== chain) yield `chain: episode ${epoch}: peer ${player} differs after ${rows.length} rows`;
  const finished = new Set(logs.filter((log) => log.finished).map(({ rows }) => rows.length));
  if (finished.size > 1) yield `length: episode ${epoch} ended after ${[...finished]} rows`;
}

/** (b) the rows are those of a straight replay of their inputs. @param {FleetOptions} options @param {Log} log @param {number} epoch */
function* replay(options, { rows }, epoch) {
  const env = new ToyEnv(options.players, toySeed(options.seed, epoch), options.maxSteps);
  for (const [frame, row] of rows.entries()) {
    const result = env.step(row.inputs.map(([action]) => (action === 0xff ? 0 : action)));
    const hash = row.stateHash === null ? null : env.hash();
    if (rowText({ ...row, ...result, stateHash: hash }) !== rowText(row)) {
      yield `replay: episode ${epoch} frame ${frame}: ${rowText({ ...row, ...result, stateHash: hash })}, exported ${rowText(row)}`;
      return;
    }
    if (row.done !== (frame === rows.length - 1) && row.done) yield `episode ${epoch} went on after its end at ${frame}`;
  }
}

/** (d) what is replayed and kept is bounded. @param {FleetOptions} options @param {FleetResult} result */
function* bounds({ P, K, H, fps }, { peers }) {
  for (const { session } of peers) {
    const { maxReplay, maxSpeculative, maxSnapshots, maxPacket } = session.stats;
    if (maxReplay > P + K - 1) yield `bound: ${maxReplay} frames replayed, at most ${P + K - 1} may be`;
    if (maxSpeculative > P + fps + KEPT_FRAMES) yield `bound: ${maxSpeculative} speculative rows`;
    if (maxSnapshots > (P + fps + KEPT_FRAMES + 2 * H) / K + 60) yield `bound: ${maxSnapshots} snapshots`;
    if (maxPacket > 1200) yield `bound: a packet of ${maxPacket} bytes`;
  }
}

/** (f) nobody claims a difference where there is none. @param {FleetResult} result */
function* verdicts({ peers }) {
  for (const [player, { events, records }] of peers.entries()) {
    const found = events.find(({ type }) => type === "DesyncDetected");
    if (found) yield `desync: peer ${player} says ${JSON.stringify(found)}`;
    for (const { status, epoch } of records) if (status !== "verified") yield `desync: peer ${player} exports episode ${epoch} as ${status}`;
  }
}

/** (e) who lives gets to the end. @param {FleetOptions} options @param {FleetResult} result */
function* liveness({ episodes, expectHalt }, { peers }) {
  for (const [player, { killed, session, records }] of peers.entries()) {
    if (killed || session.halted?.reason === "left") continue;
    if (expectHalt === "must" && !session.halted) yield `liveness: peer ${player} did not halt`;
    if (records.length < episodes && !(expectHalt && session.halted)) {
      const { phase, settled, agreed, confirmed } = session;
      yield `liveness: peer ${player} finished ${records.length} episodes; ${session.halted?.reason ?? phase}, S ${settled}, A ${agreed}, C ${confirmed}, next ${session.episode?.timeline.frame}`;
    }
  }
}

/** @param {Row} row */
function rowText({ frame, inputs, rewards, terminateds, truncateds, infos, done, stateHash }) {
  return JSON.stringify([frame, inputs.map((input) => [...input]), rewards, terminateds, truncateds, infos, done, stateHash]);
}
