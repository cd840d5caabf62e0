import { unescapePath } from "../base/mountinfo.ts";
import { readText } from "../sys/host-files.ts";
import type { CgroupMode } from "./manager.ts";

/** One mounted hierarchy, and where this process is in it. */
export interface Hierarchy {
  /** Controllers (`cpu`, `cpuacct`) or name (`name=systemd`) of a v1 hierarchy; none for v2. */
  readonly controllers: readonly string[];
  readonly mountPoint: string;
  /** Directory of this process's own cgroup; the mount point where it lies outside of what is mounted. */
  readonly own: string;
}

/** The cgroup set-up that this process sees. */
export interface HostCgroups {
  readonly mode: CgroupMode;
  readonly v1: readonly Hierarchy[];
  readonly v2: Hierarchy | undefined;
}

interface CgroupMount extends Mount {
  readonly root: string;
  readonly type: string;
  readonly superOptions: readonly string[];
}

/** A mount's place among the others. */
interface Mount {
  readonly id: string;
  readonly parent: string;
  readonly mountPoint: string;
}

/** Where hierarchies are by custom; a mount elsewhere is often a container's view of one. */
const CUSTOMARY = "/sys/fs/cgroup";
/** Super options of a v1 hierarchy that are no controllers (kernel/cgroup/cgroup-v1.c, cgroup1_show_options; SELinux). */
const plainOptions =
  /^(?:rw|ro|seclabel|noprefix|xattr|none|clone_children|cpuset_v2_mode|favordynmods|(?:release_agent|.*context)=.*)$/;

/** Reads the set-up of the host from /proc/self/mountinfo and /proc/self/cgroup. */
export function readHostCgroups(): HostCgroups {
  return parseHostCgroups(readText("/proc/self/mountinfo"), readText("/proc/self/cgroup"));
}

/**
 * The cgroup set-up in the texts of proc(5)'s mountinfo and cgroup files.
 * Nothing is assumed of mount points, but of two mounts of the same hierarchy that below /sys/fs/cgroup is taken. What
 * another mount hides counts for nothing: a container with the host's /sys bound and its own cgroups over that has both.
 */
export function parseHostCgroups(mountinfo: string, ownCgroups: string): HostCgroups {
  const own = parseOwnCgroups(ownCgroups);
  const v1 = new Map<string, Hierarchy>();
  let v2: Hierarchy | undefined;
  for (const mount of sortedMounts(mountinfo)) {
    if (mount.type === "cgroup2") {
      v2 ??= { controllers: [], mountPoint: mount.mountPoint, own: ownDirectory(mount, own.get("")) };
      continue;
    }
    const controllers = mount.superOptions.filter((option) => !plainOptions.test(option));
    const key = controllers.join(",");
    if (key === "" || v1.has(key)) continue;
    const path = own.get(controllers[0] ?? "");
    v1.set(key, { controllers, mountPoint: mount.mountPoint, own: ownDirectory(mount, path) });
  }
  return { mode: modeOf(v1.size > 0, v2 !== undefined), v1: [...v1.values()], v2 };
}

function modeOf(hasV1: boolean, hasV2: boolean): CgroupMode {
  if (hasV1) return hasV2 ? "hybrid" : "v1";
  return hasV2 ? "v2" : "none";
}

/** Lines `ID:controllers:path` (cgroups(7), /proc/pid/cgroup), as a path by controller. */
function parseOwnCgroups(text: string): Map<string, string> {
  const paths = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, controllers, ...path] = line.split(":");
    if (controllers === undefined) continue;
    for (const controller of controllers.split(",")) paths.set(controller, path.join(":"));
  }
  return paths;
}

function sortedMounts(mountinfo: string): CgroupMount[] {
  const places = new Map<string, Mount[]>();
  const all: CgroupMount[] = [];
  for (const line of mountinfo.split("\n")) {
    const [id = "", parent = "", , root = "/", point = ""] = line.split(" ", 5);
    const place = { id, parent, mountPoint: unescapePath(point) };
    const others = places.get(place.mountPoint);
    if (others === undefined) places.set(place.mountPoint, [place]);
    else others.push(place);
    const separator = line.indexOf(" - cgroup");
    if (separator >= 0) all.push(cgroupMount(line.slice(separator + 3), place, unescapePath(root)));
  }
  const mounts = all.filter((mount) => !isHidden(mount, places));
  const customary = ({ mountPoint }: CgroupMount) => Number(!`${mountPoint}/`.startsWith(`${CUSTOMARY}/`));
  return mounts.sort((a, b) => customary(a) - customary(b));
}

/** @param end of a line of mountinfo (proc(5)): type, source and super options */
function cgroupMount(end: string, place: Mount, root: string): CgroupMount {
  const [type = "", , options = ""] = end.split(" ");
  return { ...place, root, type, superOptions: options.split(",") };
}

/**
 * Whether something is mounted on it, or over a directory on the way to it. The way leads through its parents, and
 * leaves each where the next is mounted: what a parent holds further down is off the way (a second set of hierarchies
 * mounted over the first, as Docker in Docker has it).
 */
function isHidden(mount: CgroupMount, places: ReadonlyMap<string, readonly Mount[]>): boolean {
  const above: Mount[] = [];
  for (let path = mount.mountPoint; path.length > 1; path = path.slice(0, path.lastIndexOf("/"))) {
    above.push(...(places.get(path) ?? []));
  }
  /** By each mount on the way, the length of the path at which the way leaves it. */
  const leaves = new Map([[mount.id, mount.mountPoint.length]]);
  for (let next: Mount | undefined = mount; next !== undefined; ) {
    const { parent, mountPoint }: Mount = next;
    // The machine's first mount is its own parent.
    next = leaves.has(parent) ? undefined : above.find(({ id }) => id === parent);
    leaves.set(parent, mountPoint.length);
  }
  return above.some(
    ({ id, parent, mountPoint }) => !leaves.has(id) && mountPoint.length <= (leaves.get(parent) ?? 0),
  );
}

/**
 * A mount shows the hierarchy from its root down: Docker in Docker sees "/docker/ID" mounted, and its own path as
 * "/docker/ID", too. A cgroup namespace shows paths outside of it as "/..".
 */
function ownDirectory({ root, mountPoint }: CgroupMount, path: string | undefined): string {
  if (path === undefined || path.startsWith("/..")) return mountPoint;
  if (root === "/") return path === "/" ? mountPoint : mountPoint + path;
  return path.startsWith(`${root}/`) ? mountPoint + path.slice(root.length) : mountPoint;
}
