// The page of a check: a fresh worker for each job, and every message of theirs posted to the server that asked.

/** @param {object} message */
const tell = (message) => fetch("report", { method: "POST", body: JSON.stringify(message) });

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
