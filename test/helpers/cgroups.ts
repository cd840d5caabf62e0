// Cgroups of containers under test, alike on v1, hybrid and v2 hosts and with both drivers of the runtime.
//
// TSRUN_TEST_CGROUPS=systemd makes every call of the runtime one with --systemd-cgroup (runtime.ts).
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { hostMounts, type MountLine } from "./mountinfo.ts";
import { cgroupDriver } from "./runtime.ts";
import type { Sandbox } from "./sandbox.ts";
import { until } from "./wait.ts";

export { cgroupDriver };

/** How this machine's cgroups are set up; only on "v2" does cgroup v2 limit anything. */
export const cgroupMode = findMode();

/** Whether limits are those of cgroup v1 (alone or with an idle v2 tree beside it). */
export const isV1 = cgroupMode === "v1" || cgroupMode === "hybrid";

/** Whether systemd runs as PID 1 (sd_booted(3)). */
export const hasSystemd = existsSync("/run/systemd/system");

function findMode(): "v1" | "hybrid" | "v2" | "none" {
  const types = new Set(hostMounts().map(({ type }) => type));
  if (types.has("cgroup")) return types.has("cgroup2") ? "hybrid" : "v1";
  return types.has("cgroup2") ? "v2" : "none";
}

/**
 * A file of a container's cgroup by the controller and name that it has on v1, and its name on v2. What exists on one of
 * them only is left out on the other.
 */
export interface CgroupFile {
  readonly v1?: readonly [controller: string, file: string];
  readonly v2?: string;
}

/** A cgroupsPath that gives the container a cgroup with `name` in its path, in the form that the driver wants. */
export function cgroupsPathFor(name: string): string {
  return cgroupDriver === "systemd" ? `system.slice:tsrun-test:${name}` : `/${name}`;
}

/** The hierarchy of a controller: its own on v1, else the unified one, for which the empty name stands, too. */
function hierarchyOf(controller: string): MountLine {
  const mounts = hostMounts();
  const v1 = mounts.find(({ type, superOptions }) => type === "cgroup" && superOptions.includes(controller));
  const found = v1 ?? mounts.find(({ type }) => type === "cgroup2");
  if (found === undefined) {
    throw new Error(`no cgroup hierarchy has ${controller || "v2"}`);
  }
  return found;
}

/** The path of a process's cgroup within a hierarchy (cgroups(7), /proc/PID/cgroup). */
function pathIn({ type }: MountLine, controller: string, pid: number | "self"): string {
  const lines = readFileSync(`/proc/${pid}/cgroup`, "utf8").trim().split("\n");
  const line = lines.find((text) =>
    type === "cgroup2" ? text.startsWith("0::") : text.split(":")[1]?.split(",").includes(controller),
  );
  if (line === undefined) {
    throw new Error(`process ${pid} is in no cgroup of ${controller}: ${lines.join(" ")}`);
  }
  return line.split(":").slice(2).join(":");
}

/**
 * The host's directory of the cgroup that a process is in.
 * @param controller a v1 controller such as "memory" (on v2 all are in one place); empty for cgroup v2's
 */
export function cgroupOfProcess(pid: number | "self", controller = ""): string {
  const mount = hierarchyOf(controller);
  const path = pathIn(mount, controller, pid);
  const below = mount.root !== "/" && path.startsWith(mount.root) ? path.slice(mount.root.length) : path;
  return join(mount.point, below);
}

/** The host's directory of a container's cgroup, which its init is in; init must be alive. */
export function cgroupOf(box: Sandbox, id: string, controller = ""): string {
  return cgroupOfProcess(box.state(id).pid, controller);
}

/** The path of a file of a container's cgroup. @throws where this version of cgroups has none */
export function cgroupFile(box: Sandbox, id: string, { v1, v2 }: CgroupFile): string {
  if (isV1 && v1 !== undefined) return join(cgroupOf(box, id, v1[0]), v1[1]);
  if (!isV1 && v2 !== undefined) return join(cgroupOf(box, id), v2);
  throw new Error(`cgroups of this machine are ${cgroupMode}: no ${v1?.[1] ?? v2}`);
}

/** What is in a file of a container's cgroup, without the last newline. */
export function readCgroup(box: Sandbox, id: string, file: CgroupFile): string {
  return readFileSync(cgroupFile(box, id, file), "utf8").trimEnd();
}

/** Whether a container's cgroups have the controller. */
export function hasController(name: string): boolean {
  if (isV1) {
    const known = name === "io" ? "blkio" : name;
    return hostMounts().some(({ type, superOptions }) => type === "cgroup" && superOptions.includes(known));
  }
  const point = hostMounts().find(({ type }) => type === "cgroup2")?.point ?? "";
  const file = join(point, "cgroup.controllers");
  return existsSync(file) && readFileSync(file, "utf8").trim().split(" ").includes(name);
}

/** Whether this kernel's cgroups on v2 have a file, such as that of a scheduler for block devices. */
export function hasFileOnV2(name: string): boolean {
  const point = hostMounts().find(({ type }) => type === "cgroup2")?.point;
  if (point === undefined) return false;
  return readdirSync(point, { withFileTypes: true }).some(
    (entry) => entry.isDirectory() && existsSync(join(point, entry.name, name)),
  );
}

/** Waits until the freezer has stopped every process of a container, or let them go. */
export function untilFrozen(box: Sandbox, id: string, frozen = true): void {
  const v2 = () => /^frozen 1$/m.test(readCgroup(box, id, { v2: "cgroup.events" }));
  const v1 = () => readCgroup(box, id, { v1: ["freezer", "freezer.state"] }) === "FROZEN";
  until(`${id} to be ${frozen ? "frozen" : "thawed"}`, () => (isV1 ? v1() : v2()) === frozen);
}
