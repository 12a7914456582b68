// The baseline in a worker: its replay needs no message either.
import { compiledPerOp } from "./compiled.js";
import { measuring } from "./measuring.js";

measuring(compiledPerOp);
