import { TsrunError } from "../base/errors.ts";
import { hasCall } from "../sys/new-mounts.ts";
import type { MountEntry } from "./mount-error.ts";
import { parseMountOptions } from "./mount-options.ts";

/** Refuses, before anything is made, mounts that this kernel cannot make. @throws TsrunError */
export function checkMounts(entries: readonly MountEntry[]): void {
  entries.forEach(({ destination, options = [] }, index) => {
    const { set, clear } = parseMountOptions(options).recursiveAttributes;
    if ((set | clear) === 0 || hasCall("mount_setattr")) return;
    throw new TsrunError(
      `mounting ${destination}: attributes of a whole tree of mounts need mount_setattr(2) of Linux 5.12`,
      {
        pointer: `/mounts/${index}/options`,
        hint: "use the option without its r, which holds for the top mount",
      },
    );
  });
}
