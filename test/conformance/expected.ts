// What each validation program is expected to say about tsrun, and why.
import type { Need } from "./machine.ts";

/** A program's expected verdict. */
export type Expectation =
  /** Must pass, and must fail where the machine lacks what it needs. */
  | {
      readonly verdict: "pass";
      readonly needs?: Need;
      /** The program is silent when all is well: `create` was refused, with this in its message. */
      readonly refusal?: RegExp;
      /** Tried again, this often in all, because the program races with what the container runs. */
      readonly attempts?: number;
      /** What stays behind by the program's own design. */
      readonly leaves?: RegExp;
    }
  /** Must fail where the machine lacks something; what happens elsewhere is not promised. */
  | { readonly verdict: "depends"; readonly needs: Need }
  /** Must fail: no conforming runtime passes it. */
  | { readonly verdict: "impossible"; readonly reason: string };

const pass: Expectation = { verdict: "pass" };
const passOnV1: Expectation = { verdict: "pass", needs: "cgroup v1" };
const hugetlb: Expectation = { verdict: "pass", needs: "the v1 hugetlb controller" };
const cfq: Expectation = { verdict: "depends", needs: "the CFQ scheduler" };
const kmem: Expectation = { verdict: "depends", needs: "a kernel that limits kernel memory" };
const network: Expectation = { verdict: "depends", needs: "the net_cls and net_prio controllers" };

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
  // Signals as soon as `state` says "running", when the shell may not have come to its `trap` yet.
  killsig: { verdict: "pass", attempts: 5 },
  linux_cgroups_blkio: cfq,
  linux_cgroups_cpus: passOnV1,
  linux_cgroups_devices: passOnV1,
  linux_cgroups_hugetlb: hugetlb,
  linux_cgroups_memory: kmem,
  linux_cgroups_network: network,
  linux_cgroups_pids: passOnV1,
  linux_cgroups_relative_blkio: cfq,
  linux_cgroups_relative_cpus: passOnV1,
  linux_cgroups_relative_devices: passOnV1,
  linux_cgroups_relative_hugetlb: hugetlb,
  linux_cgroups_relative_memory: kmem,
  linux_cgroups_relative_network: network,
  linux_cgroups_relative_pids: passOnV1,
  linux_devices: pass,
  linux_masked_paths: pass,
  // Without SELinux it passes only if the label that was asked for is ignored.
  linux_mount_label: { verdict: "depends", needs: "SELinux" },
  // Without a mount namespace the container's mounts belong to the host.
  linux_ns_itype: { verdict: "pass", leaves: /^mount / },
  linux_ns_nopath: pass,
  linux_ns_path: pass,
  linux_ns_path_type: pass,
  linux_process_apparmor_profile: {
    verdict: "impossible",
    reason: "its profile does not exist, so it passes only if the confinement that was asked for is ignored",
  },
  linux_readonly_paths: pass,
  linux_rootfs_propagation: pass,
  linux_seccomp: pass,
  linux_sysctl: pass,
  linux_uid_mappings: pass,
  misc_props: { verdict: "impossible", reason: "misc_props.go:47 runs a file that it never copies" },
  mounts: pass,
  pidfile: {
    verdict: "impossible",
    reason: "pidfile.go:60 kills a container whose process has ended, which must be an error",
  },
  // The process and the hook are two shells that write to one file, and the process has only a head start.
  poststart: { verdict: "pass", attempts: 3 },
  poststart_fail: {
    verdict: "impossible",
    reason: "poststart_fail.go:63 wants start to succeed; the specification (1.3) wants an error",
  },
  poststop: pass,
  poststop_fail: pass,
  prestart: {
    verdict: "impossible",
    reason: "prestart.go:44 wants the hook in start; the specification puts it into create",
  },
  prestart_fail: pass,
  process: pass,
  // It asks for every capability.
  process_capabilities: { verdict: "depends", needs: "CAP_SYS_RESOURCE" },
  process_capabilities_fail: {
    verdict: "impossible",
    reason: "wants an error for an unknown capability; the specification (1.3) wants a warning",
  },
  process_oom_score_adj: pass,
  process_rlimits: {
    verdict: "impossible",
    reason: "runtimetest, a Go program, raises its own soft RLIMIT_NOFILE before it looks",
  },
  process_rlimits_fail: { verdict: "pass", refusal: /RLIMIT_TEST/ },
  process_user: pass,
  root_readonly_true: pass,
  start: {
    verdict: "impossible",
    reason: "start.go:112 has its condition inverted: it wants success where it says error",
  },
  state: pass,
};
