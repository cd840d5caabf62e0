import { SealingRefused } from "../init/launch.ts";
import { executeReadOnly } from "../sys/self.ts";
import type { CreateRequest } from "./options.ts";
import { passedDescriptors } from "./passed-descriptors.ts";

/** Standard input, output and error. */
const STANDARD = 3;

/**
 * Runs what clones into a container. Where the kernel refuses to seal, this command starts over from where
 * nobody can write its executable (CVE-2019-5736); nothing has been made by then.
 */
export function withSealing<T>(request: CreateRequest, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof SealingRefused)
      executeReadOnly(STANDARD + passedDescriptors(request.preserveFds).count);
    throw error;
  }
}
