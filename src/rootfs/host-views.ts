import { unescapePath } from "../base/mountinfo.ts";
import type { Executor } from "../sys/executor.ts";
import type { Fd } from "../sys/fd.ts";
import { coverHostDirectory, detachHostMount } from "../sys/host-paths.ts";
import { Procfs } from "../sys/procfs.ts";

/**
 * Takes whole proc and sysfs mounts outside of the container's root out of its mount namespace. Where that root is
 * entered without pivot_root(2) they would stay, out of sight but there; and the kernel lets a process that may mount
 * make a new proc, without the container's masks, only while some whole one is there (mount_namespaces(7)).
 */
export function removeHostViews(k: Executor, root: Fd): void {
  using proc = Procfs.mounted(k);
  const own = proc.readLink(`self/fd/${k.numberOf(root.number)}`);
  for (const point of wholeViews(proc.readText("self/mountinfo"))) {
    if (point === own || point.startsWith(`${own}/`)) continue;
    // Without the privilege to unmount, as in a user namespace, it is covered.
    if (!detachHostMount(k, point)) coverHostDirectory(k, point);
  }
}

/** Where the root of a proc or sysfs is mounted, by the lines of mountinfo (proc_pid_mountinfo(5)). */
export function wholeViews(mountinfo: string): string[] {
  return mountinfo.split("\n").flatMap((line) => {
    const [before = "", after = ""] = line.split(" - ");
    const [, , , root, point = ""] = before.split(" ");
    return root === "/" && /^(?:proc|sysfs) /.test(after) ? [unescapePath(point)] : [];
  });
}
