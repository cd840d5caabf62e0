import { lazy } from "../base/lazy.ts";
import type { SeccompArch } from "../oci/types.ts";
import type { foreignTables } from "./foreign-syscall-table.ts";

/** Machines that tsrun runs on, by Node's name, then those that filters can be compiled for. */
export type Machine =
  | "x64"
  | "arm64"
  | "loong64"
  | "m68k"
  | "mips64"
  | "mips64el"
  | "parisc64"
  | "ppc64"
  | "ppc64le"
  | "riscv64"
  | "s390x"
  | "sh4"
  | "sh4eb";

/** One table of system calls. Several may come under the same AUDIT_ARCH value. */
export interface Architecture {
  readonly name: SeccompArch;
  /** AUDIT_ARCH_* (linux/audit.h), as a filter sees it. */
  readonly audit: number;
  /** A column of the common table, or the name of a foreign one. */
  readonly table: number | keyof typeof foreignTables;
  /** What is added to the table's numbers. */
  readonly base: number;
  /** Arguments are compared by their lower 32 bits only, as libseccomp does: -1 in a profile may have any width. */
  readonly narrow: boolean;
  readonly bigEndian: boolean;
  /** Has socketcall(2) and ipc(2), by which programs reach other calls too. */
  readonly multiplexed: boolean;
}

/** x32's calls come as x86-64 with this bit (asm/unistd.h, __X32_SYSCALL_BIT). */
export const X32_BIT = 0x40000000;

/** Bits of AUDIT_ARCH_*, beside the machine's number in ELF headers (linux/audit.h). */
const [WIDE, LITTLE, N32] = [0x80000000, 0x40000000, 0x20000000];
/** EM_* (linux/elf-em.h). */
const machines = {
  m68k: 4,
  mips: 8,
  parisc: 15,
  ppc: 20,
  ppc64: 21,
  s390: 22,
  x86: 3,
  arm: 40,
  sh: 42,
  x64: 62,
  arm64: 183,
  riscv: 243,
  loongarch: 258,
} as const;

function architecture(
  name: SeccompArch,
  machine: keyof typeof machines,
  bits: number,
  table: Architecture["table"],
  more: { readonly base?: number; readonly multiplexed?: true } = {},
): Architecture {
  return {
    name,
    audit: machines[machine] + bits,
    table,
    base: more.base ?? 0,
    // n32 is MIPS64 with addresses of 32 bits, as x32 is x86-64.
    narrow: (bits & WIDE) === 0 || (bits & N32) !== 0 || more.base === X32_BIT,
    bigEndian: (bits & LITTLE) === 0,
    multiplexed: more.multiplexed ?? false,
  };
}

const multiplexed = true;

/** The three ABIs of MIPS: numbers begin at 5000, 4000, 6000 (asm/unistd.h, __NR_Linux). */
function mips(suffix: "" | "EL", endian: number): Architecture[] {
  return [
    architecture(`SCMP_ARCH_MIPS${suffix}64`, "mips", WIDE + endian, "mips64", { base: 5000 }),
    architecture(`SCMP_ARCH_MIPS${suffix}`, "mips", endian, "mips", { base: 4000, multiplexed }),
    architecture(`SCMP_ARCH_MIPS${suffix}64N32`, "mips", WIDE + endian + N32, "mips64n32", { base: 6000 }),
  ];
}

/**
 * What a kernel can report on each machine, the machine's own first. Others that a profile names never occur there, and
 * need no code in its filter.
 */
export const architectures: Readonly<Record<Machine, readonly Architecture[]>> = {
  x64: [
    architecture("SCMP_ARCH_X86_64", "x64", WIDE + LITTLE, 0),
    architecture("SCMP_ARCH_X86", "x86", LITTLE, 1, { multiplexed }),
    architecture("SCMP_ARCH_X32", "x64", WIDE + LITTLE, 2, { base: X32_BIT }),
  ],
  arm64: [
    architecture("SCMP_ARCH_AARCH64", "arm64", WIDE + LITTLE, 3),
    architecture("SCMP_ARCH_ARM", "arm", LITTLE, 4),
  ],
  loong64: [architecture("SCMP_ARCH_LOONGARCH64", "loongarch", WIDE + LITTLE, "loongarch64")],
  m68k: [architecture("SCMP_ARCH_M68K", "m68k", 0, "m68k", { multiplexed })],
  mips64: mips("", 0),
  mips64el: mips("EL", LITTLE),
  parisc64: [
    architecture("SCMP_ARCH_PARISC64", "parisc", WIDE, "parisc64"),
    architecture("SCMP_ARCH_PARISC", "parisc", 0, "parisc"),
  ],
  ppc64: [
    architecture("SCMP_ARCH_PPC64", "ppc64", WIDE, "ppc64", { multiplexed }),
    architecture("SCMP_ARCH_PPC", "ppc", 0, "ppc", { multiplexed }),
  ],
  ppc64le: [architecture("SCMP_ARCH_PPC64LE", "ppc64", WIDE + LITTLE, "ppc64", { multiplexed })],
  riscv64: [architecture("SCMP_ARCH_RISCV64", "riscv", WIDE + LITTLE, "riscv64")],
  s390x: [
    architecture("SCMP_ARCH_S390X", "s390", WIDE, "s390x", { multiplexed }),
    architecture("SCMP_ARCH_S390", "s390", 0, "s390", { multiplexed }),
  ],
  sh4: [architecture("SCMP_ARCH_SH", "sh", LITTLE, "sh", { multiplexed })],
  sh4eb: [architecture("SCMP_ARCH_SHEB", "sh", 0, "sh", { multiplexed })],
};

const allMachines = Object.keys(architectures) as Machine[];

/** The machine on which an architecture's calls occur. */
export function machineOf(name: SeccompArch): Machine {
  const found = allMachines.find((machine) => architectures[machine].some((each) => each.name === name));
  return unreachable(found, name);
}

export function architectureOf(name: SeccompArch): Architecture {
  const found = architectures[machineOf(name)].find((each) => each.name === name);
  return unreachable(found, name);
}

/** The schema admits no other names, and a test holds that each of its names is here. */
function unreachable<T>(found: T | undefined, name: string): T {
  if (found === undefined) throw new TypeError(`no architecture ${name}`);
  return found;
}

type SubCall = readonly [call: "socketcall" | "ipc", number: number];

/** Sub-calls of socketcall(2) and ipc(2) by their number (linux/net.h, linux/ipc.h). */
export const subCalls = lazy((): ReadonlyMap<string, SubCall> => {
  const sockets =
    "socket bind connect listen accept getsockname getpeername socketpair send recv sendto recvfrom shutdown " +
    "setsockopt getsockopt sendmsg recvmsg accept4 recvmmsg sendmmsg";
  return new Map<string, SubCall>([
    ...sockets.split(" ").map((name, index): [string, SubCall] => [name, ["socketcall", index + 1]]),
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
});
