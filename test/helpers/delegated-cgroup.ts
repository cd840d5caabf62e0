// A cgroup of an ordinary user's, as systemd delegates one.
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isV1 } from "./cgroups.ts";
import { hostMounts } from "./mountinfo.ts";
import { ordinary, type RootlessSandbox } from "./rootless.ts";

/** The v1 hierarchies' mount points, or the unified one. */
export const hierarchies = hostMounts().filter(({ type }) => type.startsWith("cgroup"));

/** Gives a new cgroup of every hierarchy to the user. @returns their paths */
function makeCgroups(user: RootlessSandbox): string[] {
  const own = hierarchies.map(({ point }) => join(point, user.box.newId()));
  for (const path of own) {
    mkdirSync(path);
    if (path.includes("/cpuset/")) {
      for (const file of ["cpuset.cpus", "cpuset.mems"])
        writeFileSync(join(path, file), readFileSync(join(path, "..", file)));
    }
    user.give(path);
    for (const file of ["cgroup.procs", "tasks", "cgroup.subtree_control"]) {
      if (readdirSync(path).includes(file)) user.give(join(path, file));
    }
  }
  return own;
}

/**
 * Has an ordinary user call the runtime from within a cgroup that is the user's own, while `action` lasts.
 * @param action gets the command that the runtime is to be called through
 */
export function withDelegatedCgroup<T>(user: RootlessSandbox, action: (through: readonly string[]) => T): T {
  const own = makeCgroups(user);
  // Where v2 limits, a cgroup has processes or hands controllers down: the container's is a sibling of the runtime's.
  const inner = isV1 ? own : own.map((path) => join(path, "runtime"));
  if (!isV1) for (const path of inner) mkdirSync(path);
  try {
    const enter = `for group in ${inner.join(" ")}; do echo 0 >$group/cgroup.procs; done; exec "$@"`;
    const identity = [`--reuid=${ordinary.uid}`, `--regid=${ordinary.gid}`, "--clear-groups"];
    return action(["sh", "-ec", enter, "sh", "setpriv", ...identity]);
  } finally {
    for (const path of new Set([...inner, ...own])) rmdirSync(path);
  }
}
