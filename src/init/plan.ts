import type { NamespacePlan } from "../namespaces/plan.ts";
import type { Config, Process } from "../oci/types.ts";
import type { CgroupMount } from "../rootfs/cgroup-view.ts";
import type { FilterPlan } from "../seccomp/filter.ts";
import type { Attributes } from "../security/attributes.ts";
import type { CapabilityPlan } from "../security/capabilities.ts";
import type { Hand } from "../sys/stub/hand.ts";

/** Everything that init does is decided before it is cloned; this is the decision. */
export interface InitPlan {
  readonly id: string;
  readonly config: Config;
  readonly process: Process;
  /** Absolute path of the bundle. */
  readonly bundle: string;
  /** Absolute path of the root file system on the host. */
  readonly rootfs: string;
  readonly namespaces: NamespacePlan;
  /** What a mount of type `cgroup` shows, where config.json has one. */
  readonly cgroupMount: CgroupMount | undefined;
  /** Directory of the container's cgroup v2, open, that init is born in (CLONE_INTO_CGROUP), where there is one. */
  readonly cgroup: number | undefined;
  /** Queues the records by which init enters the container's v1 cgroups. */
  readonly enterCgroup: (hand: Hand) => void;
  readonly noPivot: boolean;
  readonly noNewKeyring: boolean;
  /** Descriptors from 3 on that the container keeps, and what its environment says of them. */
  readonly passed: { readonly count: number; readonly environment: readonly string[] };
  /** Whether devices are bound from the host because mknod(2) is not permitted (user namespaces). */
  readonly bindDevices: boolean;
  readonly capabilities: CapabilityPlan;
  /** Scheduling, I/O priority, memory policy and domain of the process, where any of them is asked for. */
  readonly attributes: Attributes | undefined;
  /** The filter of the process's system calls, if it gets one. */
  readonly filter: FilterPlan | undefined;
  /** Whether setgroups(2) is allowed in the container's user namespace; undefined where that is joined and will show it. */
  readonly groups: boolean | undefined;
  /** The container's descriptors in the parent, inherited by init: start's signal and init's last word. */
  readonly gate: { readonly go: number; readonly result: number };
  /** The parent's descriptor of the file that takes init's last batch, where the filter keeps init from reporting. */
  readonly lastFile: number | undefined;
  /** Init's end of the socket pair that the terminal's master side goes through, if it has a terminal. */
  readonly terminal: number | undefined;
  /** The like for the listener of the filter, if it has one. */
  readonly listener: number | undefined;
  /** Bind mounts with mapped ids that the parent has made: descriptors by their entries in config.json. */
  readonly idMapped: ReadonlyMap<object, number> | undefined;
}
