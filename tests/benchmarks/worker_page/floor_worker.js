// The floor: the same ops called inside a worker, without any message.
import { Python } from "../../../templates/worker/python.js";
import { VerifiedFiles } from "../../../templates/worker/verified_files.js";
import { measuring } from "./measuring.js";
import { BEGIN, ROLLBACK, STEP, STEPS, runner } from "./ops.js";

measuring(async (init) => {
  const run = runner(await Python.start(init, new VerifiedFiles(() => {}), () => {}));
  BEGIN.forEach((op) => run([op]));
  for (let i = 0; i < 4000; i++) run([STEP]); // until the browser's optimising compiler is done
  return {
    noop: () => run([]),
    step: () => run([STEP]),
    "48 steps": () => run(STEPS),
    rollback: () => run(ROLLBACK),
  };
});
