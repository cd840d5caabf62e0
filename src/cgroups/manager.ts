import type { Resources } from "../oci/types.ts";
import type { Executor } from "../sys/executor.ts";
import type { Interest } from "../sys/poll.ts";
import type { CgroupStats, StatsPart } from "./stats.ts";

/** How a host's cgroups are set up: v1 alone, v1 beside a v2 tree, v2 alone, or not mounted at all. */
export type CgroupMode = "v1" | "hybrid" | "v2" | "none";

/** A systemd unit that a container's cgroup is that of. */
export interface SavedUnit {
  readonly unit: string;
  /** The slice that it is in. */
  readonly slice: string;
  /** Whether a user's own systemd has it, not the system's. */
  readonly user: boolean;
}

/** What state.json keeps of a container's cgroup: enough to find and remove it, whatever has happened since. */
export interface SavedCgroup {
  readonly mode: CgroupMode;
  /** Directory by controller (`cpu`, `name=systemd`); that of cgroup v2 is under the empty name. */
  readonly paths: Readonly<Record<string, string>>;
  /** Only with the systemd driver. */
  readonly systemd?: SavedUnit;
}

/** What a manager does about rights that it lacks. */
export interface ManagerOptions {
  /** Cgroups that the caller may not make are done without, as with runc where no cgroupsPath is given. */
  readonly lenient: boolean;
  /** The refusal of device rules, which only the host's root can set, is of no consequence. */
  readonly rootless: boolean;
  /** The host's id of the user who may make cgroups in the container's own (v2 alone), if any. */
  readonly owner?: number | undefined;
}

/** The open door to a container's cgroups, for one process that goes in by itself. */
export interface CgroupEntrance extends Disposable {
  /**
   * Queues the records by which the process of `k`, which must be single-threaded and was cloned while the entrance was
   * open, moves itself into every v1 hierarchy. With the systemd driver the first to enter starts the scope.
   * @param pid the process as the host counts
   */
  enter(k: Executor, pid: number): void;
}

/** Tells of a cgroup that is out of memory. */
export interface OomWatch extends Disposable {
  /** What poll(2) is to wait for now; it changes once the cgroup is gone. */
  readonly interest: Interest;
  /** Whether it has been since this was asked last. */
  happened(): boolean;
}

/** A container's cgroup, on whatever the host has. The paths are known before anything is made. */
export interface CgroupManager extends SavedCgroup {
  /**
   * Makes the cgroup's directories, and those above that are missing. What was made is taken back when it fails.
   * @throws TsrunError when one exists and has processes in it, or is frozen
   */
  create(): void;
  /**
   * Sets the limits of linux.resources, in the order that the kernel needs; all but those of devices.
   * @throws TsrunError that names controller, file, value and the place in config.json
   */
  apply(resources: Resources | undefined): void;
  /**
   * Replaces the limits of a cgroup in use by those of `resources`, which says all of them (what is left out stays); devices
   * stay as they are. Either all are written or, when one is refused, those before it are put back (journal.ts).
   * @param settle makes it last, once all are written: they are put back when it fails, too
   * @throws TsrunError as `apply` does
   */
  update(resources: Resources, settle?: () => void): void;
  /**
   * Limits the devices that processes in it may make and open. Comes once the container's root is made: until then init
   * mounts what config.json names and makes its nodes, which the rules may deny to the container.
   * @throws TsrunError as `apply` does
   */
  limitDevices(resources: Resources | undefined): void;
  /**
   * Opens the files through which a process moves itself (`tasks` of each v1 hierarchy): without the lock over all
   * fork and exit of the host that `add` takes, and so without its wait of 5–15 ms for an RCU grace period (Linux 5.14).
   */
  entrance(): CgroupEntrance;
  /** Moves a process into every hierarchy from outside. */
  add(pid: number): void;
  /** The v2 directory for CLONE_INTO_CGROUP (clone3(2), Linux 5.7), where there is one. */
  directoryForClone(): string | undefined;
  /** Ids of all processes in the cgroup and below, as the host counts them, ascending. */
  pids(): number[];
  /** Stops every process until `thaw`; when that fails they go on. */
  freeze(): void;
  thaw(): void;
  isFrozen(): boolean;
  /** Sends SIGKILL to every process in it, and to those that are born meanwhile. */
  kill(): void;
  /**
   * Removes the cgroup with what the container made below it; a directory that was there before, and empty, goes, too.
   * Waits a bounded time for processes that are still exiting. Directories above stay, as they do with runc.
   */
  remove(): void;
  /**
   * Takes `create` back: `remove`, and the directories above that it made, where nobody else uses them. Leaves a cgroup
   * alone that `create` refused.
   */
  undo(): void;
  exists(): boolean;
  /** Whether the kernel killed a process in it for want of memory. */
  oomKilled(): boolean;
  /** @throws TsrunError `memory controller missing` */
  watchOom(): OomWatch;
  /** What the cgroup counts. @param parts which figures are wanted; all of them unless given */
  stats(parts?: readonly StatsPart[]): CgroupStats;
}
