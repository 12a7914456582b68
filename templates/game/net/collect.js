// Collecting: wires a game to the outbox and the uploader.
import { Collector } from "./collector.js";
import { Handing } from "./handing.js";
import { lastWords } from "./last_words.js";
import { Outbox } from "./outbox.js";
import { partLines } from "./part_lines.js";
import { PartStore } from "./part_store.js";
import { serverAddress } from "./participant.js";
import { Uploader } from "./uploader.js";

/** @typedef {import("./chunks.js").Chunk} Chunk */
/** @typedef {import("./outbox.js").Owner} Owner */
/** @typedef {import("./meeting.js").Seat} Seat */

/** What waits is looked at this often, in ms; an endpoint gets what a game goes on with in every fifth look. */
const LOOK_MS = 2000;
const LOOKS_OF_ENDPOINT = 5;

/**
 * What collecting gives. `leave`: the page goes, and nothing of it runs any more.
 *
 * @typedef {{stop: (reason: string) => void, leave: () => void}} Collecting
 */

/**
 * @param {object} parts
 * @param {import("../site_config.js").SiteConfig} parts.site
 * @param {import("../remote_game.js").RemoteGame} parts.game
 * @param {import("../session_record.js").SessionRecord} parts.record
 * @param {string} parts.participant
 * @param {Pick<Seat, "token" | "session" | "seat" | "seats"> | null} parts.seat null: the server gives one to a lone player
 * @param {() => import("./collector.js").Place} parts.place
 * @param {import("../ui/farewell.js").Farewell} parts.farewell tells how it stands
 * @returns {Collecting}
 */
export function collect({ site, game, record, participant, seat, place, farewell }) {
  if (!site.server) throw new Error("This site hands nothing in.");
  const { endpoint } = site.server;
  const outbox = new Outbox(
    {
      id: [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join(""),
      server: serverAddress(site.server).origin,
      endpoint,
      token: seat?.token ?? null,
      session: seat?.session ?? null,
      seat: seat?.seat ?? 0,
      seats: seat?.seats ?? 1,
      start: { experiment: site.experiment.name, participant, site: site.siteId },
    },
    new PartStore(),
  );
  outbox.onFailure = (error) => console.error("igbuild: the browser's storage failed", error);
  const handing = new Handing();
  let over = false;
  const tell = () => over && farewell.handing(handing.state);
  const uploader = new Uploader(outbox);
  uploader.onProgress = (progress) => {
    handing.hear(progress);
    tell();
  };
  const kick = (hurry = false) => {
    if (hurry) uploader.hurry();
    uploader.kick().catch(outbox.onFailure);
  };
  let looks = 0;
  const look = () => {
    tell();
    if (!endpoint || over || ++looks % LOOKS_OF_ENDPOINT === 0) kick();
  };
  kick(); // what an earlier page could not hand in
  setInterval(look, LOOK_MS);
  window.addEventListener("online", () => kick(true));

  /** @param {Chunk[]} chunks */
  const keep = (chunks) => {
    outbox.put(chunks);
    handing.wait(chunks.length);
    if (!endpoint || chunks.some(({ kind }) => kind === "meta")) kick();
  };
  const collector = new Collector({ site, game, record, place, keep });
  farewell.onSave = () => save(outbox);
  /** @param {string} reason */
  const stop = (reason) => {
    collector.stop(reason);
    over = true;
    handing.begin();
    tell();
    kick(true);
  };
  return {
    stop,
    leave: () => {
      stop("left");
      // Whoever takes these and hears of them again from a later page, takes them twice without harm.
      for (const { url, body } of lastWords(outbox.own, outbox.waiting)) if (!navigator.sendBeacon(url, body)) break;
    },
  };
}

/**
 * Collect what one person plays.
 *
 * @param {import("../game_parts.js").GameParts} parts
 * @param {import("../remote_game.js").RemoteGame} game
 * @param {{participant: string, farewell: import("../ui/farewell.js").Farewell}} edges
 * @returns {Collecting}
 */
export function collectAlone({ site, record }, game, edges) {
  const place = () => ({ seat: 0, seats: 1, peers: [] });
  const collected = collect({ site, game, record, seat: null, place, ...edges });
  window.addEventListener("pagehide", () => collected.leave());
  return collected;
}

/**
 * Save all that waits of an experiment as a file, and at the least what this page holds.
 *
 * @param {Outbox} outbox
 */
async function save(outbox) {
  const { experiment, participant } = outbox.own.start;
  const waiting = (/** @type {Owner} */ owner) => outbox.first(owner.id, 1e6).catch(() => []);
  const texts = await Promise.all([...(await outbox.others()), outbox.own].map(async (owner) => partLines(owner, (await waiting(owner)).map(({ chunk }) => chunk))));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(texts, { type: "application/x-ndjson" }));
  link.download = `${experiment}-${participant}.jsonl`;
  link.click();
}
