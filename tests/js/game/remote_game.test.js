import assert from "node:assert/strict";
import test from "node:test";
import { RemoteGame } from "../../../templates/game/remote_game.js";
import { episodeSeed } from "../../../templates/game/seeds.js";
import { SessionRecord, rowsOf } from "../../../templates/game/session_record.js";

/** Lets everything that is promised happen. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** @param {object} [game] */
const siteOf = (game) => ({
  experiment: { name: "e", title: "E", version: "1" },
  game: {
    fps: 30, maxSteps: 3, episodes: 2, seed: 7, render: "draw", width: 600, height: 400, background: "#ffffff",
    hud: "{score} {step}", inputMode: "pressed_keys", whenHidden: "pause", ...game,
  },
  players: { agent: "human", humans: null, names: { 1: "One" }, bots: { 2: {} } },
  timeouts: {}, controls: {}, worker: {},
});

/**
 * A game whose edges are held by the test: it answers batches, ticks and looks away.
 *
 * @param {{game?: object, server?: object, agents?: (string | number)[], reward?: number, ends?: number}} [options]
 *   `ends`: the step with which the environment ends an episode
 */
function play({ game: settings, server, agents = ["human"], reward = 1, ends = Infinity } = {}) {
  const site = /** @type {any} */ ({ ...siteOf(settings), server });
  const record = new SessionRecord({ store: null, siteId: "s", globals: {}, seed: site.game.seed, draw: () => 1, at: 0 });
  const seen = {
    /** @type {any[]} */ batches: [],
    /** @type {string[]} */ screens: [],
    /** @type {any[]} */ pictures: [],
    /** @type {any[]} */ errors: [],
    /** @type {string[]} */ phases: [],
    hud: "",
    keyboard: false,
    ended: 0,
  };
  const held = {
    hidden: false,
    step: 0,
    answering: true,
    /** @type {(() => void)[]} */ answers: [],
    /** @type {((dropped: number) => void) | null} */ tick: null,
    /** @type {() => void} */ go: () => {},
    /** @type {any} */ fails: null,
    picture: /** @type {any} */ ({ kind: "draw", width: 1, height: 1, shapes: [] }),
  };
  /** @param {any[]} ops */
  const answer = (ops) => {
    let done = false;
    const results = ops.map(({ op }) => {
      if (op === "reset") held.step = 0;
      if (op === "render") return { render_state: held.picture };
      if (op === "computeHash") return { hash: `after ${held.step}` };
      if (op !== "step") return { infos: new Map() };
      held.step += 1;
      done = held.step >= Math.min(ends, site.game.maxSteps);
      /** @param {any} value */
      const all = (value) => new Map(agents.map((agent) => [agent, value]));
      return { rewards: all(reward), terminateds: all(false), truncateds: all(done), infos: all({}), done };
    });
    return { results, ran: ops.length, done };
  };
  /** @param {string} name */
  const waiting = (name) => () => {
    seen.screens.push(name);
    return new Promise((resolve) => (held.go = () => resolve(undefined)));
  };
  const game = new RemoteGame(
    /** @type {any} */ ({
      site,
      record,
      globals: { speed: 3 },
      hidden: () => held.hidden,
      worker: {
        init: async () => ({}),
        initEnv: async (/** @type {any} */ globals) => ((seen.screens.push(`env ${JSON.stringify(globals)}`), { agents })),
        batch: (/** @type {any[]} */ ops, /** @type {any} */ options) =>
          new Promise((resolve, reject) => {
            seen.batches.push({ ops, options });
            const settleIt = () => (held.fails ? reject(held.fails) : resolve(answer(ops)));
            if (held.answering) settleIt();
            else held.answers.push(settleIt);
          }),
        destroy: () => void (seen.ended += 1),
      },
      ticker: {
        start: (/** @type {number} */ _ms, /** @type {any} */ onTick) => (held.tick = onTick),
        pace() {},
      stop: () => (held.tick = null),
        sleep: async () => void seen.screens.push(`${seen.phases.at(-1)}, ${held.step} steps`),
        destroy() {},
      },
      controls: (/** @type {any[]} */ humans) => ({
        enable: () => (seen.keyboard = true),
        disable: () => (seen.keyboard = false),
        sample: () => new Map(humans.map((agent) => [agent, { action: 4, keys: "w", pressedAt: 5 }])),
      }),
      stage: async () => ({ show: (/** @type {any} */ picture) => seen.pictures.push(picture) }),
      screens: {
        enter: (/** @type {string} */ phase) => seen.phases.push(phase),
        loading: () => seen.screens.push("loading"),
        hud: (/** @type {string} */ text) => (seen.hud = text),
        start: waiting("start"),
        countdown: (/** @type {any} */ now) => seen.screens.push(`countdown ${now.left} after ${now.episode} with ${now.score}`),
        playing: () => seen.screens.push("playing"),
        pause: waiting("pause"),
        end: () => seen.screens.push("end"),
        error: (/** @type {any} */ error) => seen.errors.push(error),
      },
    }),
  );
  const tick = async () => {
    held.tick?.(0);
    await settle();
  };
  return { game, seen, held, record, tick, running: game.run() };
}

/** @param {Parameters<typeof play>[0]} [options] */
async function started(options) {
  const parts = play(options);
  await settle();
  parts.held.go();
  await settle();
  return parts;
}

test("nothing is played before the environment has answered and a key was pressed", async () => {
  const { game, seen, held } = play();
  assert.equal(game.phase, "loading");
  await settle();
  assert.deepEqual(seen.screens, ["loading", 'env {"speed":3}', "start"]);
  assert.equal(held.tick, null);
  assert.deepEqual(seen.batches.map(({ ops }) => ops.map((/** @type {any} */ { op }) => op)), [["reset", "render"]]);
  assert.equal(seen.keyboard, false);
});

test("a tick is exactly one batch: one step and its picture", async () => {
  const { seen, tick } = await started();
  seen.batches.length = 0;
  await tick();
  assert.equal(seen.batches.length, 1);
  const [{ ops, options }] = seen.batches;
  assert.deepEqual(ops.map((/** @type {any} */ { op }) => op), ["step", "render"]);
  assert.deepEqual(ops[0].params.actions, new Map([["human", 4]]));
  assert.deepEqual(options, { stopOnDone: true });
});

test("never are two batches under way; a tick that comes early is counted and made up for once", async () => {
  const { game, seen, held, tick } = await started({ game: { maxSteps: 100 } });
  seen.batches.length = 0;
  held.answering = false;
  await tick();
  await tick();
  await tick();
  assert.equal(seen.batches.length, 1);
  assert.equal(game.episode?.earlyTicks, 2);
  held.answers.shift()?.();
  await settle();
  assert.equal(seen.batches.length, 2);
  held.answers.shift()?.();
  await settle();
  assert.equal(seen.batches.length, 2);
  assert.equal(game.episode?.rows.length, 2);
});

test("score, step count and HUD derive from rows", async () => {
  const { game, seen, tick } = await started({ reward: 2 });
  await tick();
  await tick();
  assert.equal(seen.hud, "4 2");
  assert.equal(game.score, 4);
  game.episode?.rows.pop();
  assert.equal(game.getHUDText(), "2 1");
  assert.equal(game.score, 2);
});

test("episodes follow one another with their own seeds, and the session ends", async () => {
  const { seen, tick, record, running, game } = await started();
  for (let step = 0; step < 3; step++) await tick();
  assert.equal(game.phase, "playing");
  const screens = seen.screens.filter((screen) => !screen.endsWith("steps"));
  assert.deepEqual(screens.slice(-4), ["countdown 3 after 1 with 3", "countdown 2 after 1 with 3", "countdown 1 after 1 with 3", "playing"]);
  for (let step = 0; step < 3; step++) await tick();
  await running;
  assert.equal(seen.screens.at(-1), "end");
  assert.equal(seen.ended, 1);
  const resets = seen.batches.flatMap(({ ops }) => ops).filter(({ op }) => op === "reset");
  assert.deepEqual(resets.map(({ params }) => params.seed), [episodeSeed(7, 0), episodeSeed(7, 1)]);
  assert.deepEqual(record.session.episodes.map(({ steps, outcome }) => [steps, outcome]), [[3, "truncated"], [3, "truncated"]]);
  const rows = rowsOf(record.session.episodes[1]);
  assert.deepEqual(rows.map(({ episode, t }) => [episode, t]), [[1, 0], [1, 1], [1, 2]]);
  assert.deepEqual(rows[0].isFocused, new Map([["human", true]]));
});

test("the last picture stands a while before the next episode is begun, and before the end", async () => {
  const { seen, tick, running } = await started({ game: { maxSteps: 1 } });
  await tick();
  assert.deepEqual(seen.screens.slice(2, 5), ["start", "playing", "over, 1 steps"]);
  assert.equal(seen.screens[5], "countdown 3 after 1 with 1");
  await tick();
  await running;
  assert.deepEqual(seen.screens.slice(-2), ["over, 1 steps", "end"]);
  assert.deepEqual(seen.phases.slice(-2), ["over", "end"]);
});

test("a tab that is hidden while the last picture stands does not begin the episode anew", async () => {
  const { game, seen, held, tick, running } = await started({ game: { maxSteps: 1, episodes: 1 } });
  await tick();
  held.hidden = true;
  game.visibilityChanged();
  await running;
  assert.deepEqual(seen.phases.slice(-2), ["over", "end"]);
});

test("no step follows the end of an episode, although ticks were owed", async () => {
  const { seen, held, tick } = await started({ game: { maxSteps: 1, episodes: 1 } });
  held.answering = false;
  seen.batches.length = 0;
  await tick();
  await tick();
  held.answering = true;
  held.answers.shift()?.();
  await settle();
  assert.equal(seen.batches.length, 1);
});

test("a hidden game pauses, and goes on after a key", async () => {
  const { game, seen, held, tick, record } = await started({ game: { maxSteps: 100 } });
  held.hidden = true;
  game.visibilityChanged();
  assert.equal(game.phase, "paused");
  assert.equal(held.tick, null);
  assert.equal(seen.keyboard, false);
  held.hidden = false;
  game.visibilityChanged();
  assert.equal(game.phase, "paused");
  held.go();
  await settle();
  assert.equal(game.phase, "playing");
  await tick();
  assert.equal(game.episode?.rows.length, 1);
  assert.equal(record.session.focus.length, 1);
});

test("a game that is held goes on after a key; before it began nothing is held", async () => {
  const { game, held } = play({ game: { maxSteps: 100 } });
  await settle();
  game.hold();
  assert.equal(game.phase, "start");
  held.go();
  await settle();
  game.hold();
  assert.equal(game.phase, "paused");
  assert.equal(held.tick, null);
  held.go();
  await settle();
  assert.equal(game.phase, "playing");
});

test("with when_hidden = continue the game goes on, and its rows say that nobody looked", async () => {
  const { game, held, tick } = await started({ game: { maxSteps: 100, whenHidden: "continue" } });
  held.hidden = true;
  game.visibilityChanged();
  await tick();
  assert.equal(game.phase, "playing");
  assert.deepEqual(game.episode?.rows[0].isFocused, new Map([["human", false]]));
});

test("a round that begins while the page is hidden begins paused", async () => {
  const { game, held, tick } = await started({ game: { maxSteps: 1 } });
  held.answering = false;
  await tick();
  held.hidden = true;
  held.answering = true;
  held.answers.shift()?.();
  await settle();
  assert.equal(game.phase, "paused");
  assert.equal(game.episode?.index, 1);
});

test("the first failure ends the game and is shown; those that follow from it are not", async () => {
  const { game, seen, held, tick } = await started();
  held.fails = new TypeError("no");
  await tick();
  game.fail(new Error("the worker was destroyed"));
  assert.equal(game.phase, "error");
  assert.deepEqual(seen.errors.map((error) => error.message), ["no"]);
  assert.equal(held.tick, null);
  assert.equal(seen.ended, 1);
});

test("a picture of the wrong kind is said to be one", async () => {
  const { seen, held, tick } = await started();
  held.picture = { kind: "rgb" };
  await tick();
  assert.match(seen.errors[0].message, /render = "draw"/);
});

test("tables of the configuration are keyed by the real ids", async () => {
  const { game } = await started({ agents: [1, 2] });
  assert.deepEqual(game._convertToMap({ 1: "a", other: "b" }), new Map([[1, "a"]]));
});

test("agents that bots play get no action from this page", async () => {
  const { seen, tick } = await started({ agents: [1, 2] });
  await tick();
  assert.deepEqual(seen.batches.at(-1).ops[0].params.actions, new Map([[1, 4]]));
});

test("a session that is over is not loaded again", async () => {
  const { seen, running } = play({ game: { episodes: 0 } });
  await running;
  assert.deepEqual(seen.screens, ["end"]);
  assert.equal(seen.batches.length, 0);
});

test("rows that are handed in carry a hash at each interval and at the end, at the cost of no message but the last", async () => {
  const parts = await started({ server: { hashInterval: 2 }, game: { maxSteps: 100, episodes: 1 }, ends: 5 });
  const { seen, tick, record, running, held, game } = parts;
  /** @type {readonly any[]} */
  let rows = [];
  record.onFinished = (_, all) => (rows = all);
  seen.batches.length = 0;
  for (let step = 0; step < 4; step++) await tick();
  assert.equal(game.settled, 4);
  held.answering = false;
  await tick();
  held.answers.shift()?.();
  await settle();
  assert.equal(game.settled, 4, "the last row waits for its hash");
  held.answers.shift()?.();
  await running;
  assert.equal(game.settled, 5);
  assert.deepEqual(rows.map(({ stateHash }) => stateHash), [undefined, "after 2", undefined, "after 4", "after 5"]);
  assert.deepEqual(seen.batches.map(({ ops }) => ops.length), [2, 3, 2, 3, 2, 1]);
  assert.equal(record.session.episodes[0].steps, 5);
});

test("a limit that ends an episode is known before, so that its hash needs no message", async () => {
  const { seen, tick, running } = await started({ server: { hashInterval: 100 }, game: { maxSteps: 2, episodes: 1 } });
  seen.batches.length = 0;
  await tick();
  await tick();
  await running;
  assert.deepEqual(seen.batches.map(({ ops }) => ops.map((/** @type {any} */ { op }) => op)), [["step", "render"], ["step", "render", "computeHash"]]);
});
