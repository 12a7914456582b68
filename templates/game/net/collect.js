// Collecting: wires a game to the outbox and the uploader.
import { Collector } from "./collector.js";
import { Handing } from "./handing.js";
import { lastWords } from "./last_words.js";
import { openOutbox } from "./outbox.js";
import { partLines } from "./part_lines.js";
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
  const start = { experiment: site.experiment.name, participant, site: site.siteId };
  /** @type {Owner} */
  let owner = {
    id: [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join(""),
    server: serverAddress(site.server).origin,
    endpoint,
    token: seat?.token ?? null,
    session: seat?.session ?? null,
    seat: seat?.seat ?? 0,
    seats: seat?.seats ?? 1,
    start,
  };
  const { id } = owner;
  const handing = new Handing();
  let over = false;
  const tell = () => over && farewell.handing(handing.state);

  const opened = openOutbox();
  /** Parts are stored in their order, one after the other. @type {Promise<unknown>} */
  let storing = opened.then((outbox) => outbox.own(owner));
  const uploading = opened.then((outbox) => {
    const uploader = new Uploader(outbox);
    uploader.onProgress = (whose, progress) => {
      if (whose.id !== id) return;
      owner = whose;
      handing.hear(progress);
      tell();
    };
    return uploader;
  });
  const kick = async (hurry = false) => {
    try {
      const uploader = await uploading;
      if (hurry) uploader.hurry();
      await storing;
      await uploader.kick();
    } catch (error) {
      console.error("igbuild: the browser's storage failed", error);
    }
  };
  let looks = 0;
  const look = () => {
    tell();
    if (!endpoint || over || ++looks % LOOKS_OF_ENDPOINT === 0) void kick();
  };
  void kick(); // what an earlier page could not hand in
  setInterval(look, LOOK_MS);
  window.addEventListener("online", () => void kick(true));

  /** @param {Chunk[]} chunks */
  const keep = (chunks) => {
    handing.storing(chunks);
    storing = storing
      .then(async () => (await opened).put(id, chunks))
      .then(() => handing.stored(chunks))
      .catch((error) => console.error("igbuild: the browser could not keep what was played", error));
    if (!endpoint || chunks.some(({ kind }) => kind === "meta")) void kick();
  };
  const collector = new Collector({ site, game, record, place, keep });
  farewell.onSave = async () => save(await opened, owner, handing.unstored);
  /** @param {string} reason */
  const stop = (reason) => {
    collector.stop(reason);
    over = true;
    handing.begin();
    tell();
    void kick(true);
  };
  return {
    stop,
    leave: () => {
      stop("left");
      // The browser may not get to store these any more; whoever takes them, takes them twice without harm.
      for (const { url, body } of lastWords(owner, handing.unstored)) if (!navigator.sendBeacon(url, body)) break;
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
 * Save all that waits of an experiment as a file.
 *
 * @param {import("./outbox.js").Outbox} outbox
 * @param {Owner} own the page's own
 * @param {readonly Chunk[]} unstored parts of its own that the outbox does not hold
 */
async function save(outbox, own, unstored) {
  const { experiment, participant } = own.start;
  const owners = (await outbox.owners()).filter(({ start }) => start.experiment === experiment);
  const texts = await Promise.all(owners.map(async (owner) => partLines(owner, (await outbox.first(owner.id, 1e6)).map(({ chunk }) => chunk))));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([...texts, partLines(own, unstored)], { type: "application/x-ndjson" }));
  link.download = `${experiment}-${participant}.jsonl`;
  link.click();
}
