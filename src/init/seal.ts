import { readFileSync } from "node:fs";
import { arch } from "node:process";
import { unregisterRseq } from "../sys/rseq.ts";
import type { Hand } from "../sys/stub/hand.ts";

const PR_SET_MM = 35;
const PR_SET_MM_MAP = 14;
const MFD_CLOEXEC = 1;
const MM_MAP_SIZE = 104;
const PAGE = 4096;
/** End of the user's addresses on x86-64; on arm64 it depends on the kernel's configuration (39 to 48 bits). */
const X64_ADDRESS_END = 0x7fff_ffff_f000;

/** What `ps` shows of a sealed process: its arguments are this text (proc_pid_cmdline(5)). */
const TITLE = "tsrun init\0";

/**
 * Cuts a hand off from the runtime's executable (CVE-2019-5736): unmaps everything but the shared mapping and points
 * /proc/PID/exe to an empty memfd (PR_SET_MM_MAP, Linux 3.18; CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE in the user
 * namespace of the hand). From then on nothing in it leads to the host's file, the stub runs without a stack, and what
 * it forks is sealed, too. @returns false where the kernel refuses it
 */
export function seal(k: Hand): boolean {
  return k.within("sealing container init", undefined, () => {
    if (!unregisterRseq(k, k.memory)) return false;
    const exe = k.call({ name: "memfd_create", args: [k.memory.string("tsrun"), MFD_CLOEXEC] });
    const { address, size } = k.memory;
    const end = address + size;
    k.queue({ name: "munmap", args: [PAGE, address - PAGE], subject: "below the shared mapping" });
    k.queue({ name: "munmap", args: [end, addressEnd() - end], subject: "above the shared mapping" });
    const result = k.attempt({
      name: "prctl",
      args: [PR_SET_MM, PR_SET_MM_MAP, mmMap(k, exe), MM_MAP_SIZE, 0],
    });
    k.queue({ name: "close", args: [exe] });
    k.flush();
    return result === 0;
  });
}

/** Where the highest mapping of this process, and so of its clone, ends. */
function addressEnd(): number {
  if (arch !== "arm64") return X64_ADDRESS_END;
  const last = readFileSync("/proc/self/maps", "latin1").trimEnd().split("\n").at(-1) ?? "";
  return Number.parseInt(/-([0-9a-f]+) /.exec(last)?.[1] ?? "", 16);
}

/**
 * struct prctl_mm_map: eleven addresses, the auxiliary vector (none), the new executable. The areas are of no use to a
 * process that will execute a program, but the kernel wants code and heap to be non-empty and in order.
 */
function mmMap(k: Hand, exe: number): number {
  const { memory } = k;
  const map = memory.alloc(MM_MAP_SIZE);
  const base = memory.address + PAGE;
  const [endCode, startHeap, heap, startArguments, endArguments] = [1, 4, 5, 7, 8];
  for (let field = 0; field < 11; field++) memory.setAddress(map + field * 8, base);
  for (const field of [endCode, startHeap, heap]) memory.setAddress(map + field * 8, base + PAGE);
  const title = memory.keep(TITLE.length);
  memory.bytes.set(new TextEncoder().encode(TITLE), memory.offset(title));
  memory.setAddress(map + startArguments * 8, title);
  memory.setAddress(map + endArguments * 8, title + TITLE.length);
  memory.setU32(map + 100, exe);
  return map;
}
