import type { SeccompArch } from "../oci/types.ts";

/** Machines that tsrun runs on. */
export type Machine = "x64" | "arm64";

/** One table of system calls. Several may come under the same AUDIT_ARCH value. */
export interface Architecture {
  readonly name: SeccompArch;
  /** AUDIT_ARCH_* (linux/audit.h), as a filter sees it. */
  readonly audit: number;
  /** Which number of a row of the table is its. */
  readonly column: number;
  /** What is added to the table's numbers. */
  readonly base: number;
  /** Arguments are compared by their lower 32 bits only, as libseccomp does: -1 in a profile may have any width. */
  readonly narrow: boolean;
  /** Calls that it also has as sub-calls of another one. */
  readonly multiplexed: boolean;
}

/** x32's calls come as x86-64 with this bit (asm/unistd.h, __X32_SYSCALL_BIT). */
export const X32_BIT = 0x40000000;
const AUDIT_X86_64 = 0xc000003e;

function architecture(
  name: SeccompArch,
  audit: number,
  column: number,
  more: Partial<Architecture> = {},
): Architecture {
  return { name, audit, column, base: 0, narrow: false, multiplexed: false, ...more };
}

/**
 * What a kernel can report on each machine, the machine's own first. Others that a profile names never occur, and need
 * no code in its filter.
 */
export const architectures: Readonly<Record<Machine, readonly Architecture[]>> = {
  x64: [
    architecture("SCMP_ARCH_X86_64", AUDIT_X86_64, 0),
    architecture("SCMP_ARCH_X86", 0x40000003, 1, { narrow: true, multiplexed: true }),
    architecture("SCMP_ARCH_X32", AUDIT_X86_64, 2, { narrow: true, base: X32_BIT }),
  ],
  arm64: [
    architecture("SCMP_ARCH_AARCH64", 0xc00000b7, 3),
    architecture("SCMP_ARCH_ARM", 0x40000028, 4, { narrow: true }),
  ],
};

/** Sub-calls of socketcall(2) and ipc(2) by their number (linux/net.h, linux/ipc.h); x86 has them beside the direct ones. */
const socketCalls =
  `socket bind connect listen accept getsockname getpeername socketpair send recv sendto recvfrom
  shutdown setsockopt getsockopt sendmsg recvmsg accept4 recvmmsg sendmmsg`.split(/\s+/);

export const subCalls: ReadonlyMap<string, readonly [call: string, number: number]> = new Map<
  string,
  readonly [string, number]
>([
  ...socketCalls.map((name, index) => [name, ["socketcall", index + 1]] as const),
  ["semop", ["ipc", 1]],
  ["semget", ["ipc", 2]],
  ["semctl", ["ipc", 3]],
  ["semtimedop", ["ipc", 4]],
  ["msgsnd", ["ipc", 11]],
  ["msgrcv", ["ipc", 12]],
  ["msgget", ["ipc", 13]],
  ["msgctl", ["ipc", 14]],
  ["shmat", ["ipc", 21]],
  ["shmdt", ["ipc", 22]],
  ["shmget", ["ipc", 23]],
  ["shmctl", ["ipc", 24]],
]);
