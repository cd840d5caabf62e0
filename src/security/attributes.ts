import { TsrunError } from "../base/errors.ts";
import type { IoPriority, MemoryPolicy, Personality, Scheduler } from "../oci/types.ts";
import type { Executor } from "../sys/executor.ts";
import { readParameter } from "../sys/host-proc.ts";
import { local } from "../sys/local.ts";
import { knowsMemoryNodes } from "../sys/memory-policy.ts";
import { isErrno, SyscallError } from "../sys/syscall-error.ts";
import { applyIoPriority, ioPriorityHint } from "./io-priority.ts";
import { applyMemoryPolicy, memoryPolicyHint } from "./memory-policy.ts";
import { applyPersonality, personalityHint } from "./personality.ts";
import { applyScheduler, clampsUtilization, schedulerHint } from "./scheduler.ts";

/** What few containers ask for: how the kernel schedules a process and its I/O, where its memory lies, its domain. */
export interface Attributes {
  readonly scheduler: Scheduler | undefined;
  readonly ioPriority: IoPriority | undefined;
  readonly personality: Personality | undefined;
  readonly memoryPolicy: MemoryPolicy | undefined;
}

/** Changes a process, named by its pid in the executor's namespace; 0 stands for the executor's own. */
type Change = (k: Executor, pid: number) => void;

/** Refuses, before anything is made, what the running kernel was built without. @throws TsrunError */
export function checkKernel({ scheduler, memoryPolicy }: Attributes): void {
  if (memoryPolicy !== undefined && !knowsMemoryNodes(local)) {
    throw new TsrunError("the kernel knows no memory policies: it was built without CONFIG_NUMA", {
      pointer: "/linux/memoryPolicy",
    });
  }
  if (
    scheduler !== undefined &&
    clampsUtilization(scheduler) &&
    readParameter("kernel/sched_util_clamp_min") === undefined
  ) {
    throw new TsrunError("the kernel cannot clamp utilization: it was built without CONFIG_UCLAMP_TASK", {
      pointer: "/process/scheduler/flags",
    });
  }
}

/**
 * Gives a process its attributes. It is in its cgroup (which bounds CPUs, real-time shares and nodes) and leads its
 * session (I/O priority is a process group's), and still has the privileges that it was cloned with: most of this needs
 * CAP_SYS_NICE. The scheduler comes last: under some policies the process is hardly served any more.
 * @param pid its pid in the runtime's namespace
 * @throws TsrunError with the place in config.json and what to do
 */
export function applyAttributes(k: Executor, pid: number, attributes: Attributes): void {
  const { scheduler, ioPriority, personality, memoryPolicy } = attributes;
  k.flush();
  if (memoryPolicy !== undefined) {
    const hint = (code: string): string | undefined => memoryPolicyHint(code, memoryPolicy);
    change("setting the memory policy", "/linux/memoryPolicy", hint, () =>
      applyMemoryPolicy(k, memoryPolicy),
    );
  }
  if (personality !== undefined) {
    change("setting the personality", "/linux/personality", personalityHint, () =>
      applyPersonality(k, personality),
    );
  }
  if (ioPriority !== undefined) {
    const set: Change = (by, group) => applyIoPriority(by, group, ioPriority);
    change("setting the I/O priority", "/process/ioPriority", ioPriorityHint, () => byEither(k, pid, set));
  }
  if (scheduler !== undefined) {
    const hint = (code: string): string | undefined => schedulerHint(code, scheduler);
    const set: Change = (by, target) => applyScheduler(by, target, scheduler);
    change(`setting the scheduler ${scheduler.policy}`, "/process/scheduler", hint, () =>
      byEither(k, pid, set),
    );
  }
}

/**
 * Lets the process change itself, or, where it has not the right to, the runtime do it: the kernel asks for these
 * capabilities in the initial user namespace (capable()), so a process in another has none of them, root's runtime may.
 */
function byEither(k: Executor, pid: number, set: Change): void {
  try {
    set(k, 0);
  } catch (error) {
    if (!isErrno(error, "EPERM")) throw error;
    set(local, pid);
  }
}

function change(
  text: string,
  pointer: string,
  hintOf: (code: string) => string | undefined,
  action: () => void,
): void {
  try {
    action();
  } catch (cause) {
    if (!(cause instanceof SyscallError)) throw cause;
    const hint = hintOf(cause.code);
    throw new TsrunError(text, { cause, pointer, ...(hint === undefined ? {} : { hint }) });
  }
}
