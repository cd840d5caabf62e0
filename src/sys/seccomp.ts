import type { Executor } from "./executor.ts";

const SECCOMP_SET_MODE_FILTER = 1;
/** struct sock_fprog: a 16-bit count of instructions, then their address. */
const PROGRAM_SIZE = 16;
const INSTRUCTION_SIZE = 8;

/** Adds a filter to the calling thread (seccomp(2) SECCOMP_SET_MODE_FILTER); queued. @param program of classic BPF */
export function setSeccompFilter(k: Executor, program: Uint8Array, flags: number): void {
  const { memory } = k;
  const count = program.length / INSTRUCTION_SIZE;
  const descriptor = memory.alloc(PROGRAM_SIZE);
  memory.setU32(descriptor, count);
  memory.setAddress(descriptor + 8, memory.data(program));
  const subject = `SECCOMP_SET_MODE_FILTER, flags ${flags}, ${count} instructions`;
  k.queue({ name: "seccomp", args: [SECCOMP_SET_MODE_FILTER, flags, descriptor], subject });
}
