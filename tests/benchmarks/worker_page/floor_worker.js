// The floor: the same ops called inside a worker, without any message.
import { Python } from "../../../templates/worker/python.js";
import { VerifiedFiles } from "../../../templates/worker/verified_files.js";
import { ENDLESS, ROLLBACK, STEP, STEPS, times } from "./ops.js";

/** @param {any} data */
async function measure(data) {
  const python = await Python.start(data.init, new VerifiedFiles(() => {}), () => {});
  const run = (/** @type {import("./ops.js").Op[]} */ ops) => {
    const { value } = python.handle({ ops });
    if (value.error) throw new Error(value.error.message);
  };
  run([/** @type {any} */ ({ op: "initEnv", params: { globals: { kind: "pair", length: ENDLESS } } })]);
  run([{ op: "reset", params: { seed: 1 } }, { op: "saveState", params: { frame: 0 } }]);
  for (let i = 0; i < 4000; i++) run([STEP]); // until the browser's optimising compiler is done
  return {
    noop: await times(2000, () => run([])),
    step: await times(2000, () => run([STEP])),
    steps48: await times(200, () => run(STEPS)),
    rollback: await times(300, () => run(ROLLBACK)),
  };
}

self.onmessage = ({ data }) =>
  measure(data).then(
    (found) => self.postMessage(found),
    (error) => self.postMessage({ failed: `${error.stack}` }),
  );
