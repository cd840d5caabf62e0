import { TsrunError } from "../base/errors.ts";
import { hasCall } from "../sys/new-mounts.ts";
import type { MountEntry } from "./mount-error.ts";
import { isRecursiveAttribute } from "./mount-options.ts";

/**
 * Refuses, before anything is made, mounts that this kernel cannot make.
 * @param hasAttributes whether it has mount_setattr(2)
 * @throws TsrunError
 */
export function checkMounts(
  entries: readonly MountEntry[],
  hasAttributes = (): boolean => hasCall("mount_setattr"),
): void {
  for (const [index, { destination, options = [] }] of entries.entries()) {
    const place = options.findIndex(isRecursiveAttribute);
    if (place < 0 || hasAttributes()) continue;
    throw new TsrunError(
      `mounting ${destination}: ${options[place]} holds for a whole tree of mounts, which needs mount_setattr(2) of Linux 5.12`,
      {
        pointer: `/mounts/${index}/options/${place}`,
        hint: "leave out the r: the option then holds for the top mount",
      },
    );
  }
}
