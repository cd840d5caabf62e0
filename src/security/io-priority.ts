import type { IoPriority, IoPriorityClass } from "../oci/types.ts";
import type { Executor } from "../sys/executor.ts";
import { setIoPriority } from "../sys/scheduling.ts";

/** Classes by their numbers in the kernel (linux/ioprio.h). */
const classes: Readonly<Record<IoPriorityClass, number>> = {
  IOPRIO_CLASS_RT: 1,
  IOPRIO_CLASS_BE: 2,
  IOPRIO_CLASS_IDLE: 3,
};
/** The class stands above the level's bits. */
const CLASS_SHIFT = 13;

/** Class and level in one number, as ioprio_set(2) takes it. */
export function ioPriorityValue({ class: name, priority = 0 }: IoPriority): number {
  return (classes[name] << CLASS_SHIFT) | priority;
}

/**
 * Sets the I/O priority of a process group (config.md: of all processes within), 0 for the executor's own: comes after
 * setsid(2), before which that would be the runtime's. @throws SyscallError
 */
export function applyIoPriority(k: Executor, group: number, priority: IoPriority): void {
  setIoPriority(k, group, ioPriorityValue(priority));
}

/** What to do about a refusal of the kernel's. */
export function ioPriorityHint(code: string): string | undefined {
  return code === "EPERM" ? "IOPRIO_CLASS_RT needs CAP_SYS_NICE or CAP_SYS_ADMIN on the host" : undefined;
}
