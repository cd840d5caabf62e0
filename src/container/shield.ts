import { isRoot } from "../base/own-process.ts";
import { canSeal } from "../init/seal.ts";
import { local } from "../sys/local.ts";
import { setDumpable } from "../sys/process.ts";
import { executeReadOnly, isExecutedReadOnly } from "../sys/self.ts";

/** Standard input, output and error. */
const STANDARD = 3;

/**
 * Prepares this process for cloning what enters a container; comes before anything is read that can be read only once, said
 * or made, as it may start the command over.
 *
 * - Nobody without CAP_SYS_PTRACE over it looks into it or traces it (PR_SET_DUMPABLE), and what it clones is born so
 *   (CVE-2016-9962). That of an ordinary user is out of every container's reach by its user namespace, and must be able to
 *   write the id maps of its children, whose files in /proc would belong to root.
 * - Where the kernel cannot seal, the command starts over from where nobody can write its executable (CVE-2019-5736).
 *
 * @param passed how many descriptors after the standard ones the caller hands to the container
 */
export function shield(passed: number): void {
  if (isRoot()) setDumpable(local, false);
  if (!canSeal(local) && !isExecutedReadOnly()) executeReadOnly(STANDARD + passed);
}
