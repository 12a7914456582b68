// The modules of a session that the simulator drives, together, so that a mutant's can take their place.
export { actionCodec } from "../../../../templates/game/rollback/action_codec.js";
export { Digest } from "../../../../templates/game/rollback/digest.js";
export { actionBytes } from "../../../../templates/game/rollback/input.js";
export { foldResults, planToOps } from "../../../../templates/game/rollback/plan_to_ops.js";
export { Session } from "../../../../templates/game/rollback/session.js";
export { decode, encodeInput } from "../../../../templates/game/rollback/wire.js";

/** @typedef {typeof import("./rollback.js")} Rollback */
