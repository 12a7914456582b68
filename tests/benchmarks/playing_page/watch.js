// Runs before a page's own scripts: notes what the page says to the hub and asks of its worker, and when.
// `globalThis.watched` holds it; times are ms since the epoch, so that those of two pages can be compared.
{
  const now = () => performance.timeOrigin + performance.now();

  /** Events of the hub's protocol, to it and from it. @type {{at: number, way: "out" | "in", event: string}[]} */
  const said = [];
  /** @type {{at: number, phase: string}[]} */
  const phases = [];
  /** What the worker was asked at once: `ms` that Python took, and whether it went back. @type {{ms: number, wentBack: boolean}[]} */
  const batches = [];

  /** @param {"out" | "in"} way @param {unknown} data of a frame */
  const note = (way, data) => {
    const event = typeof data === "string" && /^4[25]\d*-?\d*\["(\w+)"/.exec(data)?.[1];
    if (event) said.push({ at: now(), way, event });
  };

  globalThis.WebSocket = class extends WebSocket {
    /** @param {[string | URL, (string | string[])?]} given */
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => note("in", data));
    }

    /** @override @param {any} data */
    send(data) {
      note("out", data);
      super.send(data);
    }
  };

  globalThis.Worker = class extends Worker {
    /** Whether the request of an id goes back to a state. @type {Map<number, boolean>} */
    #asked = new Map();

    /** @param {[string | URL, WorkerOptions?]} given */
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        const wentBack = this.#asked.get(data?.id);
        this.#asked.delete(data?.id);
        if (wentBack !== undefined && data.ok) batches.push({ ms: data.ms.python, wentBack });
      });
    }

    /** @override @param {any} message @param {any} [more] */
    postMessage(message, more) {
      if (message?.type === "batch") {
        const ops = /** @type {{op: string}[]} */ (message.payload.ops).map(({ op }) => op);
        if (ops.includes("step")) this.#asked.set(message.id, ops.includes("loadState"));
      }
      super.postMessage(message, more);
    }
  };

  new MutationObserver(() => {
    const phase = document.documentElement?.dataset.phase;
    if (phase && phases.at(-1)?.phase !== phase) phases.push({ at: now(), phase });
  }).observe(document, { attributes: true, attributeFilter: ["data-phase"], subtree: true });

  /** @returns {Promise<number>} ms from the offer to open channels between two connections that only this page has */
  const bareChannel = async () => {
    const [a, b] = [new RTCPeerConnection(), new RTCPeerConnection()];
    const opened = [a, b].map((pc) => {
      const channel = pc.createDataChannel("", { negotiated: true, id: 0 });
      return new Promise((resolve) => channel.addEventListener("open", resolve));
    });
    a.addEventListener("icecandidate", ({ candidate }) => candidate && b.addIceCandidate(candidate));
    b.addEventListener("icecandidate", ({ candidate }) => candidate && a.addIceCandidate(candidate));
    const began = performance.now();
    await a.setLocalDescription();
    await b.setRemoteDescription(/** @type {RTCSessionDescription} */ (a.localDescription));
    await b.setLocalDescription();
    await a.setRemoteDescription(/** @type {RTCSessionDescription} */ (b.localDescription));
    await Promise.all(opened);
    const took = performance.now() - began;
    a.close();
    b.close();
    return took;
  };

  /** Press keys: at each beat, with a probability of `share`, one of five things is held, as in the model. @param {number} ms @param {number} share */
  const play = (ms, share) => {
    const keys = ["", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"];
    let held = "";
    const say = (/** @type {string} */ type) => held && window.dispatchEvent(new KeyboardEvent(type, { key: held, code: held, bubbles: true }));
    setInterval(() => {
      if (Math.random() >= share) return;
      const next = keys[Math.floor(Math.random() * keys.length)];
      if (next === held) return;
      say("keyup");
      held = next;
      say("keydown");
    }, ms);
  };

  Object.assign(globalThis, { watched: { said, phases, batches, bareChannel, play } });
}
