// The error that every failed request is rejected with.

/**
 * A failure in the worker or in its Python.
 *
 * `name` is Python's exception type or one of `FAILURES`; `stack` is the worker's or Python's traceback where there is
 * one.
 */
export class PyodideWorkerError extends Error {
  /** @param {import("./protocol.js").WireError} error */
  constructor({ name, message, stack, opIndex, partialResults }) {
    super(message);
    this.name = name;
    // Where in the bundled page it was made says nothing of the failure.
    this.stack = stack || `${name}: ${message}`;
    /** Which op of a batch failed. @type {number | undefined} */
    this.opIndex = opIndex;
    /** The results of the ops before it. @type {any[] | undefined} */
    this.partialResults = partialResults;
  }
}
