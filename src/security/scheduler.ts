import type { Scheduler, SchedulerFlag, SchedulerPolicy } from "../oci/types.ts";
import type { Executor } from "../sys/executor.ts";
import { type SchedulerAttributes, setScheduler } from "../sys/scheduling.ts";

/** Policies by their numbers in the kernel (linux/sched.h); SCHED_ISO is reserved there and nothing more. */
const policies: Readonly<Record<SchedulerPolicy, number>> = {
  SCHED_OTHER: 0,
  SCHED_FIFO: 1,
  SCHED_RR: 2,
  SCHED_BATCH: 3,
  SCHED_ISO: 4,
  SCHED_IDLE: 5,
  SCHED_DEADLINE: 6,
};

const flagBits: Readonly<Record<SchedulerFlag, number>> = {
  SCHED_FLAG_RESET_ON_FORK: 0x01,
  SCHED_FLAG_RECLAIM: 0x02,
  SCHED_FLAG_DL_OVERRUN: 0x04,
  SCHED_FLAG_KEEP_POLICY: 0x08,
  SCHED_FLAG_KEEP_PARAMS: 0x10,
  SCHED_FLAG_UTIL_CLAMP_MIN: 0x20,
  SCHED_FLAG_UTIL_CLAMP_MAX: 0x40,
};

/** Whether the kernel needs utilization clamping for it (CONFIG_UCLAMP_TASK). */
export function clampsUtilization({ flags = [] }: Scheduler): boolean {
  return flags.includes("SCHED_FLAG_UTIL_CLAMP_MIN") || flags.includes("SCHED_FLAG_UTIL_CLAMP_MAX");
}

/** config.json's scheduler as the kernel takes it; what it does not set is 0 (config.md, "Linux Process"). */
export function schedulerAttributes(scheduler: Scheduler): SchedulerAttributes {
  const { policy, flags = [], nice = 0, priority = 0, runtime = 0, deadline = 0, period = 0 } = scheduler;
  return {
    policy: policies[policy],
    flags: flags.reduce((bits, flag) => bits | flagBits[flag], 0),
    nice,
    priority,
    runtime: BigInt(runtime),
    deadline: BigInt(deadline),
    period: BigInt(period),
  };
}

/** Sets the scheduling of a process, 0 for the executor's own. @throws SyscallError */
export function applyScheduler(k: Executor, pid: number, scheduler: Scheduler): void {
  setScheduler(k, pid, schedulerAttributes(scheduler));
}

/** A kernel with CONFIG_RT_GROUP_SCHED gives a cgroup no share of real time to begin with. */
const REALTIME =
  ", and a real-time share of its cgroup: /linux/resources/cpu/realtimeRuntime with cgroup v1, a kernel booted with rt_group_sched=0 with v2";
/** What a policy needs beside the capability (sched(7)). */
const needs: Readonly<Partial<Record<SchedulerPolicy, string>>> = {
  SCHED_FIFO: REALTIME,
  SCHED_RR: REALTIME,
  SCHED_DEADLINE: ", and all CPUs: no /linux/resources/cpu/cpus",
};

/** What to do about a refusal of the kernel's. */
export function schedulerHint(code: string, { policy }: Scheduler): string | undefined {
  switch (code) {
    case "EPERM":
      return `it needs CAP_SYS_NICE${needs[policy] ?? ""}`;
    case "EBUSY":
      return "the CPUs have not that much time to promise (sched(7), admission control)";
    case "EINVAL":
      return policy === "SCHED_DEADLINE"
        ? "the period must lie between sched_deadline_period_min_us and _max_us in /proc/sys/kernel"
        : undefined;
    default:
      return undefined;
  }
}
