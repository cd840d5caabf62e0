import { checkAttributes } from "./attributes.ts";
import { checkCapabilities } from "./capabilities.ts";
import { checkCommand, checkEnvironment, checkLimits, checkProcessValues, checkUser } from "./process.ts";
import { checkStrings } from "./strings.ts";

/** What a schema cannot say about a process, of config.json or of `exec`, in the order in which faults are listed. */
export const processChecks = [
  checkCommand,
  checkEnvironment,
  checkLimits,
  checkProcessValues,
  checkUser,
  checkAttributes,
  checkCapabilities,
  checkStrings,
] as const;
