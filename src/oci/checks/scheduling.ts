import { LAST_CPU, parseCpuList } from "../cpu-list.ts";
import { describeValue } from "../schema-faults.ts";
import type { ExecCpuAffinity, IoPriority, Scheduler, SchedulerFlag } from "../types.ts";
import type { Report } from "./report.ts";

const POINTER = "/process/scheduler";
/** Nice values (sched(7)). */
const [FIRST_NICE, LAST_NICE] = [-20, 19];
/** Static priorities of SCHED_FIFO and SCHED_RR (sched(7)). */
const LAST_PRIORITY = 99;
/** The kernel counts deadline bandwidth in units of 2^10 ns and keeps the highest bit for itself (__checkparam_dl). */
const SHORTEST_RUNTIME = 1024;
const LONGEST_TIME = 2 ** 63;
const times = ["runtime", "deadline", "period"] as const;
const clamps: readonly SchedulerFlag[] = ["SCHED_FLAG_UTIL_CLAMP_MIN", "SCHED_FLAG_UTIL_CLAMP_MAX"];
const forDeadline: readonly SchedulerFlag[] = ["SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN"];

/** What the kernel takes together (sched_setattr(2)); where it ignores a value, that is worth a warning. */
export function checkScheduler(scheduler: Scheduler, report: Report): void {
  const { policy, flags = [] } = scheduler;
  if (policy === "SCHED_ISO") report.fault(`${POINTER}/policy`, "Linux has no such policy");
  checkNice(scheduler, report);
  checkPriority(scheduler, report);
  if (policy === "SCHED_DEADLINE") checkTimes(scheduler, report);
  else checkNoTimes(scheduler, report);
  for (const [index, flag] of flags.entries()) {
    if (clamps.includes(flag)) {
      report.warn(`${POINTER}/flags/${index}`, `${flag} clamps to 0: config.json has no value for it`);
    }
    if (policy !== "SCHED_DEADLINE" && forDeadline.includes(flag)) {
      report.warn(`${POINTER}/flags/${index}`, `${flag} has no effect under ${policy}`);
    }
  }
}

/** Whether the values of the process as it is take the place of config.json's. */
function keepsValues({ flags = [] }: Scheduler): boolean {
  return flags.includes("SCHED_FLAG_KEEP_PARAMS") || flags.includes("SCHED_FLAG_KEEP_POLICY");
}

function checkNice({ policy, nice = 0 }: Scheduler, report: Report): void {
  const pointer = `${POINTER}/nice`;
  if (policy !== "SCHED_OTHER" && policy !== "SCHED_BATCH") {
    if (nice !== 0) report.warn(pointer, `has no effect under ${policy}`);
  } else if (nice < FIRST_NICE || nice > LAST_NICE) {
    report.fault(pointer, `must be from ${FIRST_NICE} to ${LAST_NICE}, found ${nice}`);
  }
}

function checkPriority(scheduler: Scheduler, report: Report): void {
  const { policy, priority = 0 } = scheduler;
  const pointer = `${POINTER}/priority`;
  if (policy !== "SCHED_FIFO" && policy !== "SCHED_RR") {
    if (priority !== 0) report.fault(pointer, `is for SCHED_FIFO and SCHED_RR, not for ${policy}`);
  } else if ((priority < 1 && !keepsValues(scheduler)) || priority < 0 || priority > LAST_PRIORITY) {
    report.fault(pointer, `must be from 1 to ${LAST_PRIORITY} under ${policy}, found ${priority}`);
  }
}

function checkNoTimes(scheduler: Scheduler, report: Report): void {
  for (const name of times) {
    if ((scheduler[name] ?? 0) !== 0) {
      report.fault(`${POINTER}/${name}`, `is for SCHED_DEADLINE, not for ${scheduler.policy}`);
    }
  }
}

/** runtime ≤ deadline ≤ period, which is the deadline where it is 0. */
function checkTimes(scheduler: Scheduler, report: Report): void {
  if (keepsValues(scheduler)) return;
  for (const name of times) {
    if ((scheduler[name] ?? 0) >= LONGEST_TIME) report.fault(`${POINTER}/${name}`, "must be below 2^63");
  }
  const { runtime = 0, deadline = 0, period = 0 } = scheduler;
  if (runtime < SHORTEST_RUNTIME) {
    report.fault(`${POINTER}/runtime`, `must be at least ${SHORTEST_RUNTIME} ns, found ${runtime}`);
  } else if (deadline < runtime) {
    report.fault(`${POINTER}/deadline`, `must not be below runtime (${runtime}), found ${deadline}`);
  } else if (period !== 0 && period < deadline) {
    report.fault(`${POINTER}/period`, `must be 0 or not below deadline (${deadline}), found ${period}`);
  }
}

/** Eight levels in each class (ioprio_set(2), IOPRIO_NR_LEVELS). */
export function checkIoPriority({ priority = 0 }: IoPriority, report: Report): void {
  if (priority < 0 || priority > 7) {
    report.fault("/process/ioPriority/priority", `must be from 0 to 7, found ${priority}`);
  }
}

/** Lists of CPUs that name some, where they are not empty, as in runc. */
export function checkAffinity(affinity: ExecCpuAffinity, report: Report): void {
  for (const name of ["initial", "final"] as const) {
    const list = affinity[name] ?? "";
    if (list === "") continue;
    const ranges = parseCpuList(list, LAST_CPU);
    const pointer = `/process/execCPUAffinity/${name}`;
    if (typeof ranges === "string") report.fault(pointer, ranges);
    else if (ranges.length === 0) report.fault(pointer, `names no CPU: ${describeValue(list)}`);
  }
}
