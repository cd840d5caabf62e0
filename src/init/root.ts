import { TsrunError } from "../base/errors.ts";
import { makeDeviceLinks, makeDevices, openNull } from "../rootfs/devices.ts";
import { maskPaths, protectPaths } from "../rootfs/masks.ts";
import type { LaterReadOnly, MountContext, View } from "../rootfs/mount-context.ts";
import { type Propagation, propagationOf } from "../rootfs/mount-options.ts";
import { mountAll, mountFailure } from "../rootfs/mounts.ts";
import { changeRoot, makeReadOnly, moveRoot, pivot, propagateRoot } from "../rootfs/pivot.ts";
import { bindRoot } from "../rootfs/root-mount.ts";
import type { Fd } from "../sys/fd.ts";
import { dupOnto, fstat, O_RDWR, S_IFCHR, S_IFMT } from "../sys/files.ts";
import { makeHostMountPrivate } from "../sys/host-paths.ts";
import { isInProc } from "../sys/host-proc.ts";
import { local } from "../sys/local.ts";
import { makeDirectoryInRoot } from "../sys/make-in-root.ts";
import { MS_PRIVATE, MS_SHARED, MS_SLAVE } from "../sys/mount.ts";
import { setDomainname, setHostname } from "../sys/namespaces.ts";
import type { Hand } from "../sys/stub/hand.ts";
import { mountPointOf } from "./mount-point.ts";
import type { InitPlan } from "./plan.ts";
import { writeSysctls } from "./sysctl.ts";

/** The container's root with all that is mounted in it. */
export interface PreparedRoot {
  readonly fd: Fd;
  readonly readOnlyLater: readonly LaterReadOnly[];
  readonly views: ReadonlyMap<View, Fd>;
}

/** Mounts, devices and links below the container's root; the host's tree is still around it. */
export function prepareRoot(plan: InitPlan, k: Hand): PreparedRoot {
  const { config } = plan;
  if (plan.namespaces.types.has("mount")) isolateMounts(plan, k);
  const bound = k.within(`binding the root file system ${plan.rootfs}`, "/root/path", () => {
    return bindRoot(k, plan.rootfs);
  });
  const readOnlyLater: LaterReadOnly[] = [];
  const views = new Map<View, Fd>();
  const context: MountContext = {
    root: bound,
    bundle: plan.bundle,
    cgroup: plan.cgroupMount,
    idMapped: plan.idMapped,
    namespaces: plan.namespaces.types,
    label: config.linux?.mountLabel ?? "",
    readOnlyLater,
    views,
  };
  const mounts = config.mounts ?? [];
  try {
    mountAll(k, context, mounts);
    makeDev(plan, k, context.root);
    makeWorkingDirectory(plan, k, context.root);
    k.flush();
  } catch (error) {
    throw mountFailure(error, mounts);
  } finally {
    context.descriptors?.[Symbol.dispose]();
  }
  return { fd: context.root, readOnlyLater, views };
}

function makeDev(plan: InitPlan, k: Hand, root: Fd): void {
  if (devIsBound(plan)) return;
  makeDevices(k, root.number, plan.config.linux?.devices ?? [], plan.bindDevices);
  makeDeviceLinks(k, root.number, isInProc("kcore"));
}

/** Nothing that is mounted from here on reaches the host; with a shared root only its own tree does. */
function isolateMounts(plan: InitPlan, k: Hand): void {
  const { type, recursive } = configuredPropagation(plan) ?? { type: MS_SLAVE, recursive: true };
  if (type !== MS_SHARED) {
    propagateRoot(k, { type: type === MS_PRIVATE ? MS_PRIVATE : MS_SLAVE, recursive: true });
    return;
  }
  propagateRoot(k, { type, recursive });
  // pivot_root(2) refuses a new root whose parent mount is shared.
  makeHostMountPrivate(k, mountPointOf(plan.rootfs));
}

function configuredPropagation(plan: InitPlan): Propagation | undefined {
  const name = plan.config.linux?.rootfsPropagation ?? "";
  return name === "" ? undefined : propagationOf(name);
}

/** A /dev that the caller binds is the caller's to fill. */
function devIsBound({ config }: InitPlan): boolean {
  return (config.mounts ?? []).some(
    ({ destination, type, options }) =>
      /^\/+dev\/*$/.test(destination) &&
      (type === "bind" || (options ?? []).some((option) => option === "bind" || option === "rbind")),
  );
}

/** runc makes a missing working directory, and images rely on it. */
function makeWorkingDirectory(plan: InitPlan, k: Hand, root: Fd): void {
  const { cwd } = plan.process;
  if (cwd === "/" || cwd.startsWith("/proc/")) return;
  k.within(`creating the working directory ${cwd}`, "/process/cwd", () => {
    makeDirectoryInRoot(k, root.number, cwd)[Symbol.dispose]();
  });
}

/** Changes the root, then does what must be done inside: read-only paths, masks, names, kernel parameters. */
export function enterRoot(plan: InitPlan, k: Hand, { fd: root, readOnlyLater, views }: PreparedRoot): void {
  const { config } = plan;
  const { linux } = config;
  writeSysctls(k, linux?.sysctl ?? {});
  reopenNull(k, root);
  // Before the root changes: without the new mount API (Linux 5.2) mounts are made in a place that is gone by then.
  protectPaths(k, root.number, linux?.readonlyPaths ?? [], views);
  maskPaths(k, root.number, linux?.maskedPaths ?? [], { label: linux?.mountLabel ?? "", views });
  for (const { mount, pointer } of readOnlyLater) makeReadOnly(k, mount, pointer);
  if (config.root?.readonly === true) makeReadOnly(k, root, "/root/readonly");
  if (!plan.namespaces.types.has("mount")) changeRoot(k, root);
  else if (plan.noPivot) moveRoot(k, root);
  else pivot(k, root);
  const propagation = configuredPropagation(plan);
  if (propagation !== undefined && plan.namespaces.types.has("mount")) propagateRoot(k, propagation);
  if (config.hostname !== undefined && config.hostname !== "") {
    k.within("setting the host name", "/hostname", () => setHostname(k, config.hostname ?? ""));
  }
  if (config.domainname !== undefined && config.domainname !== "") {
    k.within("setting the domain name", "/domainname", () => setDomainname(k, config.domainname ?? ""));
  }
  k.flush();
}

/** Standard streams on the host's /dev/null become the container's: the host's device would stay open inside. */
function reopenNull(k: Hand, root: Fd): void {
  const streams = [0, 1, 2].filter(isHostNull);
  if (streams.length === 0) return;
  k.within("opening /dev/null of the container", undefined, () => {
    using device = openNull(k, root.number, O_RDWR);
    for (const stream of streams) dupOnto(k, device.number, stream);
  });
}

/** Whether a standard stream, which init inherits, is the null device; a closed one is none. */
function isHostNull(stream: number): boolean {
  try {
    const { mode, rdevMajor, rdevMinor } = fstat(local, stream);
    return (mode & S_IFMT) === S_IFCHR && rdevMajor === 1 && rdevMinor === 3;
  } catch (error) {
    if (error instanceof TsrunError) return false;
    throw error;
  }
}
