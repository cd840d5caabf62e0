import { existsSync } from "node:fs";
import { directoryOf } from "../../base/path.ts";
import { readHostCgroups } from "../../cgroups/host.ts";
import type { CgroupMode } from "../../cgroups/manager.ts";
import { v1Directory, v2Directory } from "../../cgroups/path.ts";
import { ancestors } from "../../cgroups/v2/enable.ts";
import { loadDeviceProgram } from "../../sys/bpf.ts";
import { local } from "../../sys/local.ts";
import { failedCall } from "../../sys/syscall-error.ts";
import type { Outcome } from "./calls.ts";
import { mayWrite, textOf } from "./text.ts";

/** `r0 = 1; exit`: a program that allows every device (linux/bpf.h). */
const allowAll = Uint8Array.of(0xb7, 0, 0, 0, 1, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);

/** A place where the cgroup of a container without a cgroupsPath would be made. */
export interface CgroupPlace {
  readonly directory: string;
  /** Controllers, or the name of a hierarchy of v1; on v2 those that a cgroup there can get. */
  readonly controllers: readonly string[];
  /** Whether this process may make a cgroup there. */
  readonly writable: boolean;
}

export interface CgroupFacts {
  readonly mode: CgroupMode;
  readonly v1: readonly CgroupPlace[];
  readonly v2: CgroupPlace | undefined;
  /** Whether swap can be limited; undefined where memory cannot. */
  readonly swap: boolean | undefined;
  /** Whether the kernel ends a cgroup's processes at once (cgroup.kill); undefined without a v2 cgroup to look at. */
  readonly kill: boolean | undefined;
  /** To load a program that decides about devices, on v2. */
  readonly devices: Outcome;
}

export function readCgroups(): CgroupFacts {
  const { mode, v1, v2 } = readHostCgroups();
  const places = v1.map((hierarchy) => {
    return place(directoryOf(v1Directory(hierarchy, undefined, "x")), hierarchy.controllers);
  });
  const directory = v2 && directoryOf((mode === "v2" ? v2Directory : v1Directory)(v2, undefined, "x"));
  const controllers = directory === undefined ? [] : attainable(ancestors(`${directory}/x`));
  return {
    mode,
    v1: places,
    v2: directory === undefined ? undefined : place(directory, controllers),
    swap: readSwap(places, v2?.own, controllers),
    kill: v2 === undefined || v2.own === v2.mountPoint ? undefined : existsSync(`${v2.own}/cgroup.kill`),
    devices: tryDeviceProgram(),
  };
}

function place(directory: string, controllers: readonly string[]): CgroupPlace {
  return { directory, controllers, writable: mayWrite(directory) };
}

/**
 * Controllers that are handed down along a way, or can be by this process (cgroups(7), cgroup.subtree_control).
 * @param way directories from the root of the tree on
 */
export function attainable(way: readonly string[]): string[] {
  const [root] = way;
  return way.reduce(
    (controllers, directory) => {
      if (mayWrite(`${directory}/cgroup.subtree_control`)) return controllers;
      const enabled = words(`${directory}/cgroup.subtree_control`);
      return controllers.filter((controller) => enabled.includes(controller));
    },
    words(`${root}/cgroup.controllers`),
  );
}

function words(path: string): string[] {
  return (textOf(path) ?? "").split(" ").filter(Boolean);
}

/** The root of v2 has no such files: a cgroup of its first level tells, if this process is in one. */
function readSwap(
  v1: readonly CgroupPlace[],
  v2: string | undefined,
  controllers: readonly string[],
): boolean | undefined {
  const memory = v1.find((each) => each.controllers.includes("memory"));
  if (memory !== undefined) return existsSync(`${memory.directory}/memory.memsw.limit_in_bytes`);
  if (v2 === undefined || !controllers.includes("memory") || !existsSync(`${v2}/memory.max`))
    return undefined;
  return existsSync(`${v2}/memory.swap.max`);
}

/** It is loaded, attached to nothing, and gone with its descriptor. */
function tryDeviceProgram(): Outcome {
  try {
    loadDeviceProgram(local, allowAll)[Symbol.dispose]();
    return "";
  } catch (error) {
    return failedCall(error)?.code ?? "EIO";
  }
}
