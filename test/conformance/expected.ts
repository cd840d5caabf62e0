// What each validation program is expected to say about tsrun, and why.

/** A program's expected verdict. */
export type Expectation =
  /** Must pass. */
  | {
      readonly verdict: "pass";
      /** Only where cgroup v1 hierarchies are mounted: the programs know no cgroup2. */
      readonly needs?: "cgroup v1";
      /** How success looks where it is not TAP: the program is silent, and `create` was refused. */
      readonly voice?: "refusal";
      /** What stays behind by the program's own design. */
      readonly leaves?: RegExp;
    }
  /** Fails until that issue is done. */
  | { readonly verdict: "due"; readonly issue: number; readonly reason: string }
  /** No conforming runtime passes it. */
  | { readonly verdict: "impossible"; readonly reason: string }
  /** Fails on machines like the one named in the reason; may pass on others. */
  | { readonly verdict: "depends"; readonly reason: string };

const pass: Expectation = { verdict: "pass" };
const passOnV1: Expectation = { verdict: "pass", needs: "cgroup v1" };

const noCfq = "blkio.weight came with the CFQ scheduler, which kernels since 5.0 lack";
const noKmem = "memory.kmem.limit_in_bytes has no effect since kernel 5.16";
const noNetwork = "the net_cls and net_prio controllers are not mounted";
const hugetlb: Expectation = { verdict: "due", issue: 4, reason: "the hugetlb controller" };

/** One entry for each program of runtime-tools 0.9.0.109. */
export const expectations: Readonly<Record<string, Expectation>> = {
  config_updates_without_affect: pass,
  create: pass,
  default: pass,
  delete: {
    verdict: "impossible",
    reason: "wants delete to refuse a created container; runc deletes it, and engines rely on that",
  },
  delete_only_create_resources: passOnV1,
  delete_resources: passOnV1,
  hooks: { verdict: "impossible", reason: "hooks.go:79 expects text that its own hooks never write" },
  hooks_stdin: pass,
  hostname: pass,
  kill: pass,
  kill_no_effect: pass,
  killsig: pass,
  linux_cgroups_blkio: { verdict: "depends", reason: noCfq },
  linux_cgroups_cpus: passOnV1,
  linux_cgroups_devices: passOnV1,
  linux_cgroups_hugetlb: hugetlb,
  linux_cgroups_memory: { verdict: "depends", reason: noKmem },
  linux_cgroups_network: { verdict: "depends", reason: noNetwork },
  linux_cgroups_pids: passOnV1,
  linux_cgroups_relative_blkio: { verdict: "depends", reason: noCfq },
  linux_cgroups_relative_cpus: passOnV1,
  linux_cgroups_relative_devices: passOnV1,
  linux_cgroups_relative_hugetlb: hugetlb,
  linux_cgroups_relative_memory: { verdict: "depends", reason: noKmem },
  linux_cgroups_relative_network: { verdict: "depends", reason: noNetwork },
  linux_cgroups_relative_pids: passOnV1,
  linux_devices: pass,
  linux_masked_paths: pass,
  linux_mount_label: {
    verdict: "depends",
    reason: "SELinux is off: passing would mean to ignore a label that was asked for",
  },
  // Without a mount namespace the container's mounts belong to the host.
  linux_ns_itype: { verdict: "pass", leaves: /^mount / },
  linux_ns_nopath: pass,
  linux_ns_path: pass,
  linux_ns_path_type: pass,
  linux_process_apparmor_profile: {
    verdict: "depends",
    reason: "the profile does not exist: passing would mean to ignore a confinement that was asked for",
  },
  linux_readonly_paths: pass,
  linux_rootfs_propagation: pass,
  linux_seccomp: { verdict: "due", issue: 3, reason: "seccomp" },
  linux_sysctl: pass,
  linux_uid_mappings: pass,
  misc_props: { verdict: "impossible", reason: "misc_props.go:47 runs a file that it never copies" },
  mounts: pass,
  pidfile: {
    verdict: "impossible",
    reason: "pidfile.go:60 kills a container whose process has ended, which must be an error",
  },
  poststart: pass,
  poststart_fail: {
    verdict: "impossible",
    reason: "poststart_fail.go:63 wants start to succeed; since 1.1 the specification wants an error",
  },
  poststop: pass,
  poststop_fail: pass,
  prestart: {
    verdict: "impossible",
    reason: "prestart.go:44 wants the hook in start; the specification puts it into create",
  },
  prestart_fail: pass,
  process: pass,
  process_capabilities: {
    verdict: "depends",
    reason: "asks for every capability; CAP_SYS_RESOURCE is not ours to give",
  },
  process_capabilities_fail: {
    verdict: "impossible",
    reason: "wants an error for an unknown capability; the specification has asked for a warning since 1.0.2",
  },
  process_oom_score_adj: pass,
  process_rlimits: {
    verdict: "impossible",
    reason: "runtimetest, a Go program, raises its own soft RLIMIT_NOFILE before it looks",
  },
  process_rlimits_fail: { verdict: "pass", voice: "refusal" },
  process_user: pass,
  root_readonly_true: pass,
  start: {
    verdict: "impossible",
    reason: "start.go:112 has its condition inverted: it wants success where it says error",
  },
  state: pass,
};
