// A bench for games of several: real games and sessions, a clock and a net in the test's hand, the toy game as Python.
import { MultiplayerPyodideGame } from "../../../templates/game/multiplayer_game.js";
import { SessionRecord } from "../../../templates/game/session_record.js";
import { MockWorker } from "../rollback/sim/mock_worker.js";

/** @typedef {import("../../../templates/game/rollback/plan_to_ops.js").Op} Op */

/** Lets everything that is promised happen. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));

export const AGENTS = ["left", "right"];
export const FRAME_MS = 1000 / 30;

/** @param {object} game @param {object} multiplayer @param {object} [server] */
const siteOf = (game, multiplayer, server) => ({
  server,
  experiment: { name: "e", title: "E", version: "1" },
  siteId: "s",
  lockHash: "l",
  game: {
    fps: 30, maxSteps: 60, episodes: 1, seed: null, render: "draw", width: 600, height: 400, background: "#ffffff",
    hud: "{score} {step}", inputMode: "pressed_keys", whenHidden: "pause", ...game,
  },
  controls: { defaultAction: 0, keys: { a: 1, b: 2, c: 3, d: 4 }, agents: {} },
  players: { agent: "human", humans: AGENTS, names: { left: "Ada", right: "Ben" }, bots: {} },
  multiplayer: {
    inputDelay: 0, predictionWindow: 8, snapshotInterval: 4, hashInterval: 10, predictor: "repeat", interruptMs: 500, dropMs: 2000,
    absentMs: 4000, desyncPolicy: "halt", absencePolicy: "away", ...multiplayer,
  },
  worker: { pyodide: { version: "1" } },
  timeouts: {},
});

/** The worker's methods over the toy game, keyed by agent as the real one answers. */
export class ToyWorker {
  lastTiming = { queued: 0, python: 1 };
  /** Every batch. @type {Op[][]} */
  batches = [];
  destroyed = 0;
  /** Ops that are answered but not carried out. @type {Set<string>} */
  ignored = new Set();
  /** The op that fails, with those before it answered. @type {string | null} */
  refused = null;
  /** Thrown by the next batch. @type {Error | null} */
  failure = null;
  actionSpaces = AGENTS.map(() => ({ kind: "discrete", n: 5 }));

  /** @param {number} maxSteps */
  constructor(maxSteps) {
    this.python = new MockWorker(AGENTS.length, maxSteps);
  }

  async init() {}

  async initEnv() {
    return { agents: AGENTS, actionSpaces: this.actionSpaces, metadata: {} };
  }

  async seedRng() {}

  async computeHash() {
    return (await this.batch([{ op: "computeHash", params: {} }])).results[0];
  }

  /** @param {Op[]} ops @returns {Promise<{results: any[], ran: number, done: boolean}>} */
  async batch(ops) {
    await settle();
    if (this.failure) throw this.failure;
    const opIndex = ops.findIndex(({ op }) => op === this.refused);
    if (opIndex >= 0) throw Object.assign(new TypeError(`${this.refused} refused`), { opIndex, partialResults: (await this.batch(ops.slice(0, opIndex))).results });
    this.batches.push(ops);
    /** @param {any} values */
    const keyed = (values) => new Map(AGENTS.map((agent, i) => [agent, values[i]]));
    const known = ops.map(({ op, params }) => {
      if (this.ignored.has(op)) return { op: /** @type {const} */ ("dropStates"), params: { before: -1 } };
      return { op, params: op === "step" ? { actions: AGENTS.map((agent) => params.actions.get(agent)) } : params };
    });
    const results = this.python.batch(known).map((result) => {
      if ("t" in (result.render_state ?? {})) return { render_state: { kind: "draw", width: 1, height: 1, shapes: [] } };
      if (!("rewards" in result)) return result;
      const { rewards, terminateds, truncateds, infos, done } = result;
      return { rewards: keyed(rewards), terminateds: keyed(terminateds), truncateds: keyed(truncateds), infos: keyed(infos), done };
    });
    return { results, ran: results.length, done: results.some(({ done }) => done) };
  }

  destroy() {
    this.destroyed++;
  }
}

/** One player: a game whose edges note what they are told. */
class Player {
  action = 0;
  /** When the key of the action went down; null: no key. @type {number | null} */
  pressedAt = 1;
  hidden = false;
  frozen = false;
  hud = "";
  keyboard = false;
  /** @type {any[]} */
  errors = [];
  /** @type {any[]} */
  pictures = [];
  /** @type {string[]} */
  phases = [];
  /** @type {string[]} */
  notices = [];
  /** What stood under "Waiting for". @type {string[]} */
  waits = [];
  /** @type {string[]} */
  trace = [];
  /** What each check of the paths was asked for. @type {number[][]} */
  checked = [];
  /** How long checks of the paths take. @type {Promise<void> | null} */
  checking = null;
  /** @type {number[]} */
  letGo = [];
  /** @type {((dropped: number) => void) | null} */
  onTick = null;

  /** @param {Bench} bench @param {number} me @param {any} site @param {object | ((player: Player) => object)} more */
  constructor(bench, me, site, more) {
    this.worker = new ToyWorker(site.game.maxSteps);
    this.link = {
      onMessage: null,
      send: (/** @type {number} */ to, /** @type {string} */ channel, /** @type {any} */ data) => bench.send(me, to, channel, data),
      check: async (/** @type {number[]} */ seats) => {
        this.checked.push(seats);
        await this.checking;
      },
      letGo: (/** @type {number} */ to) => this.letGo.push(to),
    };
    this.record = new SessionRecord({ store: null, siteId: "s", globals: {}, seed: null, draw: () => me + 1, at: 0 });
    const note = (/** @type {string} */ text) => void this.notices.push(text);
    this.game = new MultiplayerPyodideGame(
      /** @type {any} */ ({
        site,
        worker: this.worker,
        globals: {},
        record: this.record,
        hidden: () => this.hidden,
        match: async () => ({ link: this.link, me, tag: 9, seed: 77 }),
        debug: (/** @type {string} */ line) => this.trace.push(line),
        ticker: {
          start: (/** @type {number} */ _ms, /** @type {any} */ onTick) => (this.onTick = onTick),
          pace() {},
          stop: () => (this.onTick = null),
          sleep: async () => {},
          destroy: () => (this.onTick = null),
        },
        controls: (/** @type {string[]} */ agents) => ({
          enable: () => (this.keyboard = true),
          disable: () => (this.keyboard = false),
          sample: () => new Map(agents.map((agent) => [agent, { action: this.action, keys: "a", pressedAt: this.pressedAt }])),
        }),
        stage: async () => ({ show: (/** @type {any} */ picture) => this.pictures.push(picture) }),
        screens: {
          enter: (/** @type {string} */ phase) => this.phases.push(phase),
          hud: (/** @type {string} */ text) => (this.hud = text),
          start: async () => {},
          error: (/** @type {any} */ error) => this.errors.push(error),
          loading() {}, countdown() {}, playing() {}, pause() {}, end() {},
          waiting: (/** @type {string} */ text, /** @type {string} */ below) => {
            note(text);
            this.waits.push(below);
          },
          notice: note,
        },
        ...(typeof more === "function" ? more(this) : more),
      }),
    );
  }

  /** Frames whose ops load a state: one list of op names for each rollback. */
  get rollbacks() {
    return this.worker.batches.map((ops) => ops.map(({ op }) => op)).filter((ops) => ops.includes("loadState") && ops.includes("render"));
  }
}

/** Two players; packets arrive one tick after they are sent, unless the net is held. */
export class Bench {
  now = 0;
  /** Input packets from a player are lost while it is among these. @type {Set<number>} */
  mute = new Set();
  /** Nothing passes. */
  cut = false;
  /** @type {(() => void)[]} */
  #onTheWay = [];

  /** @param {{game?: object, multiplayer?: object, server?: object, more?: object | ((player: Player) => object), prepare?: (players: Player[]) => void}} [options] */
  constructor({ game = {}, multiplayer = {}, server, more = {}, prepare } = {}) {
    performance.now = () => this.now;
    this.players = AGENTS.map((_, me) => new Player(this, me, siteOf(game, multiplayer, server), more));
    prepare?.(this.players);
    this.running = Promise.all(this.players.map((player) => player.game.run()));
  }

  /** @param {number} from @param {number} to @param {string} channel @param {any} data */
  send(from, to, channel, data) {
    if (this.cut || (channel === "inp" && this.mute.has(from))) return;
    const copy = channel === "inp" ? data.slice() : JSON.parse(JSON.stringify(data));
    this.#onTheWay.push(() => /** @type {any} */ (this.players[to].link).onMessage?.(from, channel, copy));
  }

  /** Wait until both have joined. */
  async joined() {
    while (this.players.some(({ game, onTick }) => !onTick && game.phase !== "error")) await settle();
    for (let i = 0; i < 20; i++) await settle();
    return this.players;
  }

  /** @param {number} [count] of ticks of both players */
  async tick(count = 1) {
    for (; count > 0; count--) {
      this.now += FRAME_MS;
      for (const deliver of this.#onTheWay.splice(0)) deliver();
      for (const player of this.players) if (!player.frozen) player.onTick?.(0);
      for (let i = 0; i < 4; i++) await settle();
    }
  }

  /** Tick until something holds. @param {() => boolean} holds @param {number} [most] */
  async until(holds, most = 400) {
    for (; !holds() && most > 0; most--) await this.tick();
    if (!holds()) throw new Error(`it never came to ${holds}`);
  }

  /** Play until both are in the middle of the first episode. */
  async playing() {
    await this.joined();
    await this.until(() => this.players.every(({ game }) => game.phase === "playing" && game.step_num > 3));
    return this.players;
  }
}
