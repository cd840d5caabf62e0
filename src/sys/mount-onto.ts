import type { Executor } from "./executor.ts";
import { detach, mount } from "./mount.ts";
import { Procfs } from "./procfs.ts";

// mount(2) and umount2(2) take a path, and nothing but a link of /proc/self/fd says by path what a descriptor is. The
// kernel follows it to the very file; /proc must be the kernel's for that, which is looked at each time.

/** A mount(2) onto what a descriptor refers to. */
export interface MountOnto {
  readonly source: string;
  readonly type: string;
  /** MS_REMOUNT, … */
  readonly flags: number;
  readonly data: string;
}

/** The path of a descriptor, or of a name in the directory that it refers to. @throws TsrunError where /proc is none */
function pathOf(k: Executor, fd: number, name = ""): string {
  Procfs.mounted(k)[Symbol.dispose]();
  const path = `/proc/self/fd/${k.numberOf(fd)}`;
  return name === "" ? path : `${path}/${name}`;
}

/** mount(2) onto what a descriptor refers to, or onto a name in that directory; queued. @throws TsrunError */
export function mountOnto(k: Executor, fd: number, what: MountOnto, name = ""): void {
  mount(k, what.source, pathOf(k, fd, name), what.type, what.flags, what.data);
}

/** Detaches the topmost mount of what a descriptor refers to (umount2(2) MNT_DETACH), queued. @throws TsrunError */
export function detachFrom(k: Executor, fd: number): void {
  detach(k, pathOf(k, fd));
}
