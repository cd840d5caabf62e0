import type { Process } from "../oci/types.ts";
import type { FilterPlan } from "../seccomp/filter.ts";
import type { Attributes } from "../security/attributes.ts";
import type { CapabilityPlan } from "../security/capabilities.ts";
import type { Executor } from "../sys/executor.ts";
import type { JoinTarget } from "./join-container.ts";

/** The ways of a process into a container's cgroup. */
export interface CgroupDoor {
  /** Directory of cgroup v2, open, that the process is born in (CLONE_INTO_CGROUP), where there is one. */
  readonly directory: number | undefined;
  /** The like, of init's own cgroup, where the kernel refuses `directory`; undefined where that must not be. */
  directoryOfInit(): number | undefined;
  /** Opens what `enter` needs: to be closed once the process has been cloned and has entered. */
  open(): Disposable;
  /** Queues the records by which a single-threaded process enters v1 hierarchies by itself. */
  enter(k: Executor, pid: number): void;
  /** Moves a process in from outside, whatever limit of processes there is. */
  add(pid: number): void;
  /** Whether to go on where the caller has no right to enter (rootless, as with runc). */
  readonly isOptional: boolean;
}

/** Everything that is decided of a process before it is executed in a container. */
export interface ExecPlan {
  readonly id: string;
  readonly target: JoinTarget;
  readonly process: Process;
  readonly capabilities: CapabilityPlan;
  readonly attributes: Attributes | undefined;
  readonly filter: FilterPlan | undefined;
  /** Whether setgroups(2) is allowed in the container's user namespace. */
  readonly groups: boolean;
  /** Whether the container has a session keyring of its own. */
  readonly keyring: boolean;
  readonly cgroup: CgroupDoor;
  /** Descriptors from 3 on that the process keeps. */
  readonly preserve: number;
  /** The runtime's descriptor of the pipe that says what has failed; its end says that the program runs. */
  readonly result: number;
  /** The hand's end of the socket pair that the terminal's master side goes through, if it has a terminal. */
  readonly terminal: number | undefined;
  /** The like for the listener of the filter, if it has one. */
  readonly listener: number | undefined;
  /** With a listener: the runtime's descriptor that the process reads a byte from, once its agent has that. */
  readonly go: number | undefined;
}
