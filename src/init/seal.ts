import type { Executor } from "../sys/executor.ts";
import type { Hand } from "../sys/stub/hand.ts";

const PR_SET_MM = 35;
const PR_SET_MM_MAP = 14;
const PR_SET_MM_MAP_SIZE = 15;
const MFD_CLOEXEC = 1;
const MM_MAP_SIZE = 104;
const PAGE = 4096;

/**
 * Cuts a hand off from the runtime's executable (CVE-2019-5736): points /proc/PID/exe to an empty memfd
 * (PR_SET_MM_MAP, Linux 3.18; CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE in the user namespace of the hand). The kernel
 * does it only where nothing of the executable is mapped, which is so from the clone on (sys/stub/lean-clone.ts). What
 * the hand forks is sealed, too. @returns false where the kernel refuses it
 */
export function seal(k: Hand): boolean {
  return k.within("sealing container init", undefined, () => {
    const exe = k.call({ name: "memfd_create", args: [k.memory.string("tsrun"), MFD_CLOEXEC] });
    const result = k.attempt({
      name: "prctl",
      args: [PR_SET_MM, PR_SET_MM_MAP, mmMap(k, exe), MM_MAP_SIZE, 0],
    });
    k.queue({ name: "close", args: [exe] });
    k.flush();
    return result === 0;
  });
}

/** Whether this kernel can seal (CONFIG_CHECKPOINT_RESTORE), which it tells anybody; whether it lets us, it tells when tried. */
export function kernelSeals(k: Executor): boolean {
  const args = [PR_SET_MM, PR_SET_MM_MAP_SIZE, k.memory.alloc(4), 0, 0];
  return k.attempt({ name: "prctl", args }) === 0;
}

/**
 * struct prctl_mm_map: eleven addresses, the auxiliary vector (none), the new executable. The areas are of no use to a
 * process that will execute a program, but the kernel wants code and heap to be non-empty and in order. Arguments that
 * `ps` could show are not to be had: the kernel shows those in private memory only (proc_pid_cmdline(5), CVE-2018-1120).
 */
function mmMap(k: Hand, exe: number): number {
  const { memory } = k;
  const map = memory.alloc(MM_MAP_SIZE);
  const base = memory.address + PAGE;
  const [endCode, startHeap, heap] = [1, 4, 5];
  for (let field = 0; field < 11; field++) memory.setAddress(map + field * 8, base);
  for (const field of [endCode, startHeap, heap]) memory.setAddress(map + field * 8, base + PAGE);
  memory.setU32(map + 100, exe);
  return map;
}
