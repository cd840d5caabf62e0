import type { Call, Executor } from "./executor.ts";

const SECCOMP_SET_MODE_FILTER = 1;
const EINVAL = 22;
/** struct sock_fprog: a 16-bit count of instructions, then their address. */
const PROGRAM_SIZE = 16;
const INSTRUCTION_SIZE = 8;

/**
 * Adds a filter to the calling thread (seccomp(2) SECCOMP_SET_MODE_FILTER). Its result is 0, or with
 * SECCOMP_FILTER_FLAG_NEW_LISTENER the listener's descriptor, close-on-exec.
 * @param program of classic BPF
 */
export function seccompFilterCall({ memory }: Executor, program: Uint8Array, flags: number): Call {
  const count = program.length / INSTRUCTION_SIZE;
  const descriptor = memory.alloc(PROGRAM_SIZE);
  memory.setU32(descriptor, count);
  memory.setAddress(descriptor + 8, memory.data(program));
  const subject = `SECCOMP_SET_MODE_FILTER, flags ${flags}, ${count} instructions`;
  return { name: "seccomp", args: [SECCOMP_SET_MODE_FILTER, flags, descriptor], subject };
}

/** Whether the kernel has these SECCOMP_FILTER_FLAG_*: it looks at them before it looks for the program, which is none. */
export function knowsFilterFlags(k: Executor, flags: number): boolean {
  const result = k.attempt({ name: "seccomp", args: [SECCOMP_SET_MODE_FILTER, flags, 0] });
  return result !== -EINVAL;
}
