import { TsrunError } from "../base/errors.ts";
import type { Executor } from "../sys/executor.ts";
import type { Fd } from "../sys/fd.ts";
import { executableMemfd, MFD_CLOEXEC } from "../sys/memfd.ts";
import type { Hand } from "../sys/stub/hand.ts";
import { isErrno } from "../sys/syscall-error.ts";

const PR_SET_MM = 35;
const PR_SET_MM_MAP = 14;
const PR_SET_MM_MAP_SIZE = 15;
const MM_MAP_SIZE = 104;
const PAGE = 4096;
/** One entry of the auxiliary vector: AT_NULL, its end. */
const AUXV_SIZE = 16;
/** No process has so many, and -1 means none. */
const NO_DESCRIPTOR = 0xfffffffe;
const EBADF = 9;

/**
 * Cuts a hand off from the runtime's executable (CVE-2019-5736): points /proc/PID/exe to an empty memfd
 * (PR_SET_MM_MAP, Linux 3.18; CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE in the user namespace of the hand), and empties
 * the auxiliary vector, which tells where the runtime's memory is. The kernel does it only where nothing of the
 * executable is mapped, which is so from the clone on (sys/stub/lean-clone.ts). What the hand forks is sealed, too.
 * @returns false where the kernel refuses it
 */
export function seal(k: Hand): boolean {
  return k.within("sealing container init", undefined, () => {
    using exe = newExecutable(k);
    return exe !== undefined && k.attempt(exchange(k, exe.number)) === 0;
  });
}

/** What ends a command whose hand could not be sealed although `canSeal` said so: rights were to come that did not. */
export function sealingRefused(): TsrunError {
  return new TsrunError(
    "sealing container init: the kernel refuses to exchange its executable (prctl PR_SET_MM_MAP)",
    { hint: "a file system that is mounted read-only is a safe place for tsrun on any kernel" },
  );
}

/**
 * Whether the kernel seals what this process clones, found out without a change: with its right to that an exchange for
 * no file fails for want of one. Without it, it is the right that a user namespace gives: the kernel then still tells whether
 * it knows the exchange (CONFIG_CHECKPOINT_RESTORE).
 */
export function canSeal(k: Executor): boolean {
  return k.within("finding out whether the kernel seals container init", undefined, () => {
    const exe = newExecutable(k);
    if (exe === undefined) return false;
    exe[Symbol.dispose]();
    if (k.attempt(exchange(k, NO_DESCRIPTOR)) === -EBADF) return true;
    const args = [PR_SET_MM, PR_SET_MM_MAP_SIZE, k.memory.alloc(4), 0, 0];
    return k.attempt({ name: "prctl", args }) === 0;
  });
}

/** The file that is shown instead; undefined where none in memory may be executed (sysctl vm.memfd_noexec=2). */
function newExecutable(k: Executor): Fd | undefined {
  try {
    return executableMemfd(k, MFD_CLOEXEC);
  } catch (error) {
    if (isErrno(error, "EACCES")) return undefined;
    throw error;
  }
}

/** PR_SET_MM_MAP. */
function exchange(k: Executor, exe: number) {
  return { name: "prctl", args: [PR_SET_MM, PR_SET_MM_MAP, mmMap(k, exe), MM_MAP_SIZE, 0] } as const;
}

/**
 * struct prctl_mm_map: eleven addresses, the auxiliary vector, the new executable. The areas are of no use to a
 * process that will execute a program, but the kernel wants code and heap to be non-empty and in order. Arguments that
 * `ps` could show are not to be had: the kernel shows those in private memory only (proc_pid_cmdline(5), CVE-2018-1120).
 */
function mmMap({ memory }: Executor, exe: number): number {
  const map = memory.alloc(MM_MAP_SIZE);
  const base = memory.address + PAGE;
  const [endCode, startHeap, heap] = [1, 4, 5];
  for (let field = 0; field < 11; field++) memory.setAddress(map + field * 8, base);
  for (const field of [endCode, startHeap, heap]) memory.setAddress(map + field * 8, base + PAGE);
  memory.setAddress(map + 88, memory.alloc(AUXV_SIZE));
  memory.setU32(map + 96, AUXV_SIZE);
  memory.setU32(map + 100, exe);
  return map;
}
