// Profiles with all that can be said, and as many overlaps as possible.
import type {
  Seccomp,
  SeccompAction,
  SeccompArch,
  SeccompArgument,
  SeccompOperator,
} from "../../../src/oci/types.ts";

const actions: readonly SeccompAction[] = [
  "SCMP_ACT_ALLOW",
  "SCMP_ACT_ERRNO",
  "SCMP_ACT_KILL",
  "SCMP_ACT_KILL_PROCESS",
  "SCMP_ACT_KILL_THREAD",
  "SCMP_ACT_LOG",
  "SCMP_ACT_NOTIFY",
  "SCMP_ACT_TRACE",
  "SCMP_ACT_TRAP",
];
const operators: readonly SeccompOperator[] = [
  "SCMP_CMP_EQ",
  "SCMP_CMP_NE",
  "SCMP_CMP_LT",
  "SCMP_CMP_LE",
  "SCMP_CMP_GT",
  "SCMP_CMP_GE",
  "SCMP_CMP_MASKED_EQ",
];

/** Architectures that come together, the machine's own first. */
const families: readonly (readonly SeccompArch[])[] = [
  ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
  ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"],
  ["SCMP_ARCH_PPC64LE"],
  ["SCMP_ARCH_PPC64", "SCMP_ARCH_PPC"],
  ["SCMP_ARCH_S390X", "SCMP_ARCH_S390"],
  ["SCMP_ARCH_RISCV64"],
  ["SCMP_ARCH_MIPS64", "SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64N32"],
  ["SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64N32"],
  ["SCMP_ARCH_PARISC64", "SCMP_ARCH_PARISC"],
];

/** Calls that most profiles are about: few, so that rules meet. */
const busy = ["read", "write", "socket", "clone", "personality", "ioctl", "shmat", "prctl"];
const other =
  `socketcall ipc bind accept sendto recvmsg semop semctl msgget mmap mmap2 open openat close execve brk futex stat statx
  exit_group pidfd_open clone3 uname arch_prctl set_tls cacheflush breakpoint sync_file_range2 s390_sthyi riscv_flush_icache`.split(
    /\s+/,
  );

const values: readonly (number | bigint)[] = [
  0,
  1,
  2,
  5,
  8,
  0x7fffffff,
  0x80000000,
  0xffffffff,
  0x100000000,
  0x100000005,
  0x500000001,
  0x500000005,
  0x20008,
  0x7e020000,
  2n ** 63n,
  2n ** 64n - 1n,
];
const masks: readonly (number | bigint)[] = [
  0,
  1,
  0xff,
  0xffffffff,
  0x100000000,
  0xffff00000000,
  2n ** 64n - 1n,
];

/** A source of numbers that is the same for a seed (mulberry32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 to below `count`. */
  below(count: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % count;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

function argument(dice: Dice): SeccompArgument {
  const index = dice.chance(80) ? dice.below(3) : dice.below(6);
  const op = dice.pick(operators);
  if (op !== "SCMP_CMP_MASKED_EQ") return { index, op, value: dice.pick(values) };
  return { index, op, value: dice.pick(masks), valueTwo: dice.pick(values) };
}

/** No condition, one, two of different arguments, or two that may be about the same. */
function conditions(dice: Dice): SeccompArgument[] {
  const count = dice.pick([0, 0, 1, 1, 1, 1, 2, 2, 3]);
  const list = Array.from({ length: count }, () => argument(dice));
  const last = dice.chance(20)
    ? list
    : list.filter(({ index }, at) => list.findIndex((one) => one.index === index) === at);
  return last;
}

function rule(dice: Dice): NonNullable<Seccomp["syscalls"]>[number] {
  const names = Array.from({ length: 1 + dice.below(3) }, () => dice.pick(dice.chance(70) ? busy : other));
  const action = dice.pick(actions);
  const args = conditions(dice);
  return {
    names: [...new Set(names)],
    action,
    ...(dice.chance(40) ? { errnoRet: dice.below(200) } : {}),
    ...(args.length === 0 ? {} : { args }),
  };
}

/** One profile. */
export function generatedProfile(dice: Dice): Seccomp {
  const [own = "SCMP_ARCH_X86_64", ...others] = dice.chance(60) ? (families[0] ?? []) : dice.pick(families);
  const defaults = actions.filter((action) => action !== "SCMP_ACT_NOTIFY");
  return {
    defaultAction: dice.pick(defaults),
    ...(dice.chance(30) ? { defaultErrnoRet: dice.below(200) } : {}),
    architectures: [own, ...others.filter(() => dice.chance(60))],
    syscalls: Array.from({ length: 1 + dice.below(14) }, () => rule(dice)),
  };
}
