import type { Executor } from "./executor.ts";

/** struct sched_attr with the utilization clamps (SCHED_ATTR_SIZE_VER1, Linux 5.3). */
const SCHED_ATTR_SIZE = 56;
/** The kernel copies as many bytes of a mask as it has CPUs, of which there are 8192 at most (NR_CPUS). */
const ALL_CPUS_SIZE = 1024;
/** The process group `who`, 0 for the caller's own (ioprio_set(2)). */
const IOPRIO_WHO_PGRP = 2;

/** Arguments of sched_setattr(2); times in nanoseconds, the utilization clamps are 0. */
export interface SchedulerAttributes {
  readonly policy: number;
  readonly flags: number;
  readonly nice: number;
  readonly priority: number;
  readonly runtime: bigint;
  readonly deadline: bigint;
  readonly period: bigint;
}

/** sched_setattr(2) of a process, 0 for the executor's own. @throws SyscallError */
export function setScheduler(k: Executor, pid: number, attributes: SchedulerAttributes): void {
  const { policy, flags, nice, priority, runtime, deadline, period } = attributes;
  const { memory } = k;
  const address = memory.alloc(SCHED_ATTR_SIZE);
  memory.setU32(address, SCHED_ATTR_SIZE);
  memory.setU32(address + 4, policy);
  memory.setU32(address + 8, flags);
  memory.setU32(address + 16, nice);
  memory.setU32(address + 20, priority);
  memory.setU64(address + 24, runtime);
  memory.setU64(address + 32, deadline);
  memory.setU64(address + 40, period);
  k.call({ name: "sched_setattr", args: [pid, address, 0] });
}

/** sched_setaffinity(2) of the executor's process to the CPUs of a bit mask. @throws SyscallError */
export function setAffinity(k: Executor, mask: Uint8Array, subject: string): void {
  k.call({ name: "sched_setaffinity", args: [0, mask.length, k.memory.data(mask)], subject });
}

/** sched_getaffinity(2) of the executor's process: the bit mask of its CPUs. @throws SyscallError */
export function getAffinity(k: Executor): Uint8Array {
  const mask = k.memory.alloc(ALL_CPUS_SIZE);
  const length = k.call({ name: "sched_getaffinity", args: [0, ALL_CPUS_SIZE, mask] });
  return k.memory.read(mask, length);
}

/**
 * Lets the executor's process run on every CPU that its cgroup allows; queued. A mask that it has inherited stays in
 * force in the cgroup since Linux 6.2, and there is no other way to drop it.
 */
export function allowAllCpus(k: Executor): void {
  const { memory } = k;
  const mask = memory.space(ALL_CPUS_SIZE);
  const offset = memory.offset(mask);
  memory.bytes.fill(0xff, offset, offset + ALL_CPUS_SIZE);
  k.queue({ name: "sched_setaffinity", args: [0, ALL_CPUS_SIZE, mask], optional: true });
}

/** ioprio_set(2) of all processes of a process group, 0 for the executor's own. @throws SyscallError */
export function setIoPriority(k: Executor, group: number, priority: number): void {
  k.call({ name: "ioprio_set", args: [IOPRIO_WHO_PGRP, group, priority] });
}
