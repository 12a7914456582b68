// The page of a check: a fresh worker for each job, and every message of theirs posted to the server that asked.

/** The end of the line of messages: what the environment printed is to arrive before what became of it. */
let line = Promise.resolve();

/** @param {object} message */
function tell(message) {
  line = line.then(async () => {
    await fetch("report", { method: "POST", body: JSON.stringify(message) });
  });
  return line;
}

const jobs = await (await fetch("jobs.json")).json();
await tell({ began: navigator.userAgent });
for (const job of jobs) {
  const worker = new Worker("worker.mjs", { type: "module" });
  const { promise, resolve } = Promise.withResolvers();
  worker.onmessage = async ({ data }) => {
    await tell(data);
    if (!("said" in data)) resolve(undefined);
  };
  worker.onerror = async (event) => {
    await tell({ failure: event.message ?? "the worker could not be started" });
    resolve(undefined);
  };
  worker.postMessage(job);
  await promise;
  worker.terminate();
}
