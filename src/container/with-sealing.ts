import { SealingRefused } from "../init/launch.ts";
import { kernelSeals } from "../init/seal.ts";
import { local } from "../sys/local.ts";
import { executeReadOnly, isExecutedReadOnly } from "../sys/self.ts";

/** Standard input, output and error. */
const STANDARD = 3;

/**
 * Runs what clones into a container. Where the kernel refuses to seal, this command starts over from where
 * nobody can write its executable (CVE-2019-5736); nothing has been made by then. A kernel that cannot seal is known before
 * anything is tried: an engine that listens at --console-socket accepts one connection alone.
 * @param passed how many descriptors after the standard ones the caller hands to the container
 */
export function withSealing<T>(passed: number, action: () => T): T {
  if (!kernelSeals(local) && !isExecutedReadOnly()) executeReadOnly(STANDARD + passed);
  try {
    return action();
  } catch (error) {
    if (error instanceof SealingRefused) executeReadOnly(STANDARD + passed);
    throw error;
  }
}
