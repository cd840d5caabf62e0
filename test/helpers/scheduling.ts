// What the kernel tells of another process's scheduling, asked by system calls: no program is started for it.
import { arch } from "node:process";
import { commonNumbers } from "../../src/seccomp/syscall-numbers.ts";
import { syscall6 } from "../../src/sys/koffi.ts";
import { local } from "../../src/sys/local.ts";

const IOPRIO_WHO_PROCESS = 1;
const SCHED_ATTR_SIZE = 48;
/** The table's columns for x86-64 and arm64. */
const column = arch === "arm64" ? 3 : 0;

function ask(name: string, ...args: readonly number[]): number {
  const result = syscall6(commonNumbers(name)?.[column] ?? -1, args);
  if (result < 0) throw new Error(`${name} fails with ${-result}`);
  return result;
}

/** Class and level of a process's I/O priority (ioprio_get(2)). */
export function ioPriorityOf(pid: number): { class: number; level: number } {
  const value = ask("ioprio_get", IOPRIO_WHO_PROCESS, pid);
  return { class: value >> 13, level: value & 7 };
}

/** A process's scheduling (sched_getattr(2)). */
export function schedulingOf(pid: number) {
  const { memory } = local;
  const address = memory.alloc(SCHED_ATTR_SIZE);
  ask("sched_getattr", pid, address, SCHED_ATTR_SIZE, 0);
  return {
    policy: memory.getU32(address + 4),
    flags: memory.getU32(address + 8),
    nice: memory.getI32(address + 16),
    priority: memory.getU32(address + 20),
    runtime: memory.getU64(address + 24),
    deadline: memory.getU64(address + 32),
    period: memory.getU64(address + 40),
  };
}
