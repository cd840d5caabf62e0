import type { Fd } from "../sys/fd.ts";
import type { NamespaceType } from "../sys/namespaces.ts";
import type { CgroupMount } from "./cgroup-view.ts";

/** What mounting needs to know of the container. */
export interface MountContext {
  /** The container's root in init's mount namespace (O_PATH). A mount on "/" takes its place. */
  root: Fd;
  /** Its path, once somebody had to know. */
  rootPath?: string;
  /** /proc/self/fd of the executor's process, once it was needed. */
  descriptors?: Fd;
  /** Absolute path of the bundle on the host: relative sources of bind mounts start there. */
  readonly bundle: string;
  /** What a mount of type `cgroup` shows. */
  readonly cgroup: CgroupMount | undefined;
  /** Sources of bind mounts with mapped ids, bound and mapped already: descriptors by their entries. */
  readonly idMapped?: ReadonlyMap<object, number> | undefined;
  /** The namespaces that are not the runtime's own. */
  readonly namespaces: ReadonlySet<NamespaceType>;
  /** The SELinux label of files in new file systems (`linux.mountLabel`), or "". */
  readonly label: string;
  readonly readOnlyLater: LaterReadOnly[];
  readonly views: Map<View, Fd>;
}

/**
 * Where file systems are mounted through which the container sees the kernel. What is masked in them is looked for in what was
 * mounted, whichever name it has by then: who shares the root file system may have given it another (CVE-2019-19921).
 */
export type View = "/proc" | "/sys";

/** Whether a mount at this place is such a view. */
export function isView(place: string): place is View {
  return place === "/proc" || place === "/sys";
}

/** The label as an option of a new file system, where there is one. */
export function labelOption({ label }: MountContext): readonly string[] {
  return label === "" ? [] : [`context=${label}`];
}

/** A mount that becomes read-only once everything below it is made. */
export interface LaterReadOnly {
  readonly mount: Fd;
  /** Its place in config.json. */
  readonly pointer: string;
}
