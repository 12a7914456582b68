// The one error of rollback/: misuse and broken promises, told apart by a code. Waiting and findings are never thrown.

/**
 * - `invalid-config`: a setting is out of range or contradicts another.
 * - `invalid-action`: an action that its action space does not contain, or bytes of the wrong width.
 * - `misuse`: a call that the session's phase does not allow.
 * - `worker-failed`: an answer of the worker that does not fit the batch it answers.
 * - `internal-invariant`: a promise of this folder is broken; nothing the session says can be trusted any more.
 *
 * @typedef {"invalid-config" | "invalid-action" | "misuse" | "worker-failed" | "internal-invariant"} RollbackErrorCode
 */

/** Thrown for mistakes of the caller, of the worker and of ours. */
export class RollbackError extends Error {
  /**
   * @param {RollbackErrorCode} code
   * @param {string} message what, where, why, and one way out
   */
  constructor(code, message) {
    super(message);
    this.name = "RollbackError";
    this.code = code;
  }
}
