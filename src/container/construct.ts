import { lazy } from "../base/lazy.ts";
import { isRoot } from "../base/own-process.ts";
import { type HostCgroups, readHostCgroups } from "../cgroups/host.ts";
import type { CgroupManager } from "../cgroups/manager.ts";
import { ContainerInit } from "../init/init.ts";
import type { InitPlan } from "../init/plan.ts";
import { planNamespaces } from "../namespaces/plan.ts";
import { isUnprivileged } from "../namespaces/user-namespace.ts";
import { hasNamespace } from "../oci/checks/namespaces.ts";
import { stringifyExactly } from "../oci/exact-integers.ts";
import { idMapOf } from "../oci/id-mapped-mounts.ts";
import type { Config } from "../oci/types.ts";
import type { CgroupMount } from "../rootfs/cgroup-view.ts";
import type { Fd } from "../sys/fd.ts";
import { AT_FDCWD, O_DIRECTORY, O_PATH, openat } from "../sys/files.ts";
import { exists } from "../sys/host-files.ts";
import { local } from "../sys/local.ts";
import type { Hand } from "../sys/stub/hand.ts";
import { TerminalChannel } from "../terminal/channel.ts";
import { checkTerminal } from "../terminal/check.ts";
import { connectSocket, pidfdNames } from "../terminal/descriptor-socket.ts";
import { limitsBeforeInit, limitsWithInit, newManager, warnOfNoCgroup } from "./cgroup.ts";
import { cgroupMountOf } from "./cgroup-mount.ts";
import { newRecord, withProcess } from "./container-record.ts";
import { ContainerDirectory } from "./directory.ts";
import { Gate } from "./gate.ts";
import { runHooks } from "./hooks.ts";
import type { IdMappedMounts } from "./id-mapped-mounts.ts";
import type { NetDevices } from "./net-devices.ts";
import { withNotifySocket } from "./notify-socket.ts";
import type { CreateRequest, RuntimeOptions } from "./options.ts";
import { inLimitedMemory } from "./out-of-memory.ts";
import { passTerminal } from "./pass-terminal.ts";
import { checkPassed, passedDescriptors } from "./passed-descriptors.ts";
import { writePidFile } from "./pid-file.ts";
import type { Prepared } from "./prepare-config.ts";
import type { ContainerRecord } from "./record.ts";
import { removeSharedMounts } from "./remove-shared-mounts.ts";
import type { ResctrlGroups } from "./resctrl.ts";
import type { SeccompListener } from "./seccomp-listener.ts";
import { Undo } from "./undo.ts";

/** Few containers have any. */
const netDevices = lazy(() => require("./net-devices.ts") as typeof import("./net-devices.ts"));

/** Few machines have resctrl. */
const resctrl = lazy(() => require("./resctrl.ts") as typeof import("./resctrl.ts"));

/** Few containers have any. */
const idMappedMounts = lazy(() => require("./id-mapped-mounts.ts") as typeof import("./id-mapped-mounts.ts"));

/** Few filters ask an agent. */
const seccompListener = lazy(
  () => require("./seccomp-listener.ts") as typeof import("./seccomp-listener.ts"),
);

/** Few filters keep init from saying what has failed. */
const lastWords = lazy(() => require("./last-words.ts") as typeof import("./last-words.ts"));

/** A container whose init waits at the gate. */
export interface Constructed {
  readonly directory: ContainerDirectory;
  readonly record: ContainerRecord;
  readonly init: ContainerInit;
  /** The terminal's master side, where nobody else was to get it. */
  readonly ptmx: Fd | undefined;
  /** Held until the command ends. */
  readonly lock: Disposable;
}

/**
 * Makes a container up to the gate: everything is decided and checked first, then made in an order in which each step
 * can be taken back. Whatever fails, nothing is left; a runtime that is killed leaves a record by which
 * `delete --force` finds the rest.
 * @param prepared the bundle's configuration
 * @param detach whether the runtime ends before the container does
 */
export function construct(
  options: RuntimeOptions,
  request: CreateRequest,
  prepared: Prepared,
  detach: boolean,
): Constructed {
  const terminal = checkRequest(request, prepared, detach);
  using consoleSocket = connectSocket("console socket", request.consoleSocket);
  using pidfdSocket = connectSocket("pidfd socket", request.pidfdSocket);
  using devices = findNetDevices(prepared.config);
  const groups = planResctrl(request.id, prepared.config);
  using idMapped = mapIds(prepared);
  using listener = listenerFor(prepared);
  using undo = new Undo();
  const { directory, lock } = ContainerDirectory.claim(options, request.id);
  undo.push(() => lock[Symbol.dispose]());
  const fate: Fate = { kept: undefined };
  undo.push(() => (fate.kept === undefined ? directory.remove() : directory.write(fate.kept)));
  const host = readHostCgroups();
  const manager = newManager(options, request.id, prepared.config, host);
  const intent = newRecord(request, prepared, manager, groups?.owned);
  recordIntent(directory, intent, manager);
  undo.push(() => removeSharedMounts(intent));
  undo.push(() => manager.undo());
  manager.create();
  warnOfNoCgroup(intent, manager);
  manager.apply(limitsBeforeInit(prepared.config.linux?.resources));
  groups?.make(undo);
  using gate = Gate.make(directory.path);
  using lastFile = prepared.filter?.isMute === true ? lastWords().makeLastFile(directory.path) : undefined;
  using channel = terminal ? new TerminalChannel() : undefined;
  using entrance = manager.entrance();
  using cgroup = openCgroup(manager);
  const plan = {
    ...planInit(request, withNotifySocket(prepared, directory.path), gate, {
      terminal: channel?.child,
      listener: listener?.child,
    }),
    cgroupMount: cgroupMountFor(prepared.config, host, manager),
    cgroup: cgroup?.number,
    lastFile: lastFile?.number,
    enterCgroup: (hand: Hand): void => entrance.enter(hand, hand.pid),
    idMapped: idMapped?.byEntry,
  };
  const init = inLimitedMemory(manager, prepared.config, () => ContainerInit.launch(plan));
  undo.push(() => manager.kill());
  undo.push(() => init.destroy());
  groups?.enter(init.hand.pid);
  const record = withProcess(intent, init.hand.pid, manager);
  directory.write(record);
  directory.writeFile("config.json", stringifyExactly(prepared.config));
  devices?.moveTo(init.hand.pid, undo);
  const inside = { prepared, record, manager, fate: request.keepsFailed === true ? fate : undefined };
  inLimitedMemory(manager, prepared.config, () => buildInside(init, inside));
  const ptmx = passTerminal(channel, consoleSocket);
  pidfdSocket?.send(init.hand.pidfd, pidfdNames.init);
  init.release();
  listener?.sendToAgent(init, record);
  const ready = { ...record, ready: true };
  directory.write(ready);
  if (request.pidFile !== undefined) writePidFile(request.pidFile, record.pid);
  undo.keep();
  return { directory, record: ready, init, ptmx, lock };
}

/** What the command line must not ask of this configuration. @returns whether the container has a terminal */
function checkRequest(request: CreateRequest, { process }: Prepared, detach: boolean): boolean {
  const terminal = process.terminal === true;
  checkTerminal({ terminal, detach, consoleSocket: request.consoleSocket });
  checkPassed(passedDescriptors(request.preserveFds).count);
  return terminal;
}

function findNetDevices(config: Config): NetDevices | undefined {
  return config.linux?.netDevices === undefined ? undefined : netDevices().NetDevices.find(config);
}

function planResctrl(id: string, config: Config): ResctrlGroups | undefined {
  return config.linux?.intelRdt === undefined ? undefined : resctrl().ResctrlGroups.plan(id, config);
}

function mapIds({ config, bundle }: Prepared): IdMappedMounts | undefined {
  // containerd 2.1 has made a pod's user namespace before, and tells its mappings as well.
  const asOther = hasNamespace(config, "user") && (config.linux?.uidMappings ?? []).length > 0 && isRoot();
  const any =
    asOther || (config.mounts ?? []).some((mount, index) => idMapOf(config, mount, index) !== undefined);
  return any ? idMappedMounts().IdMappedMounts.make(config, bundle) : undefined;
}

function listenerFor({ filter }: Prepared): SeccompListener | undefined {
  if (filter?.listener === undefined) return undefined;
  return new (seccompListener().SeccompListener)(filter.listener);
}

function openCgroup(manager: CgroupManager): Fd | undefined {
  const directory = manager.directoryForClone();
  return directory === undefined ? undefined : openat(local, AT_FDCWD, directory, O_PATH | O_DIRECTORY);
}

/**
 * The record of what will be is written before it is made; not that of a cgroup which is there already: it may be
 * another's, whose processes `delete --force` must not touch if create is killed before it has looked.
 */
function recordIntent(directory: ContainerDirectory, record: ContainerRecord, manager: CgroupManager): void {
  directory.write(manager.exists() ? { ...record, cgroup: newPart(manager) } : record);
}

/** The directories that are missing; systemd makes all or none. */
function newPart({ mode, paths, systemd }: CgroupManager): ContainerRecord["cgroup"] {
  const missing = Object.entries(systemd === undefined ? paths : {}).filter(([, path]) => !exists(path));
  return { mode, paths: Object.fromEntries(missing) };
}

function cgroupMountFor(config: Config, host: HostCgroups, manager: CgroupManager): CgroupMount | undefined {
  const wanted = (config.mounts ?? []).some(({ type }) => type === "cgroup");
  return wanted ? cgroupMountOf(host, manager, hasNamespace(config, "cgroup")) : undefined;
}

function planInit(
  request: CreateRequest,
  prepared: Prepared,
  gate: Gate,
  channels: Pick<InitPlan, "terminal" | "listener">,
): Omit<InitPlan, "lastFile" | "cgroup" | "enterCgroup" | "cgroupMount" | "idMapped"> {
  const { config, process, bundle, rootfs } = prepared;
  const namespaces = planNamespaces(config.linux?.namespaces ?? []);
  const user = namespaces.types.has("user");
  return {
    id: request.id,
    noPivot: request.noPivot,
    noNewKeyring: request.noNewKeyring,
    passed: passedDescriptors(request.preserveFds),
    capabilities: prepared.capabilities,
    attributes: prepared.attributes,
    filter: prepared.filter,
    config,
    process,
    bundle,
    rootfs,
    namespaces,
    bindDevices: user || isUnprivileged(),
    groups: prepared.groups,
    gate: { go: gate.go.number, result: gate.result.number },
    ...channels,
  };
}

/** What is made inside of. */
interface Inside {
  readonly prepared: Prepared;
  readonly record: ContainerRecord;
  readonly manager: CgroupManager;
  /** Where it is to be kept if its last step fails. */
  readonly fate: Fate | undefined;
}

/** What becomes of a container that fails: the record that is left of it, or nothing. */
interface Fate {
  kept: ContainerRecord | undefined;
}

/**
 * Everything between the clone and the gate that the specification's lifecycle orders (runtime.md, steps 3 to 7). The
 * device rules are there before the hooks, which may add to them.
 */
function buildInside(init: ContainerInit, { prepared: { config }, record, manager, fate }: Inside): void {
  const replaced = limitsWithInit(config.linux?.resources);
  if (replaced !== undefined) manager.apply(replaced);
  init.prepareRoot();
  manager.limitDevices(config.linux?.resources);
  runHooks("prestart", { config, record });
  runHooks("createRuntime", { config, record });
  runHooks("createContainer", { config, record, doors: init.doors });
  init.enterRoot();
  if (fate !== undefined) {
    init.hand.flush();
    fate.kept = { ...record, ready: true };
  }
  init.finish();
}
