// Traffic: every batch that crosses to a Python worker and every answer that comes back, counted outside the game.

/** @typedef {{requests: {id: number, type: string, ops: string[], proposals: number}[], answers: number[]}} Traffic */

/** By worker, in the order in which their first request was sent. @type {Map<Worker, Traffic>} */
const all = new Map();

/** @param {Worker} worker @returns {Traffic} */
function of(worker) {
  let traffic = all.get(worker);
  if (!traffic) all.set(worker, (traffic = { requests: [], answers: [] }));
  return traffic;
}

const post = Worker.prototype.postMessage;
/** @param {any[]} args */
Worker.prototype.postMessage = function count(...args) {
  const { id, type, payload } = args[0];
  // The page's timer is a worker too; its messages have no id, or no payload.
  if (id !== undefined && payload) {
    /** @type {any[]} */
    const ops = payload.ops ?? [];
    of(this).requests.push({ id, type, ops: ops.map(({ op }) => op), proposals: ops.filter(({ params }) => params?.propose).length });
  }
  return post.apply(this, /** @type {any} */ (args));
};

const receiver = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(Worker.prototype, "onmessage"));
Object.defineProperty(Worker.prototype, "onmessage", {
  ...receiver,
  /** @param {(event: MessageEvent) => void} listener */
  set(listener) {
    receiver.set?.call(this, (/** @type {MessageEvent} */ event) => {
      if (!("event" in event.data)) of(this).answers.push(event.data.id);
      listener.call(this, event);
    });
  },
});

/** @returns {Traffic[]} of each worker */
export function takeTraffic() {
  const taken = [...all.values()];
  all.clear();
  return taken;
}
