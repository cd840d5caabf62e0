import { readFileSync } from "node:fs";
import { attachedDevicePrograms } from "../../src/sys/bpf.ts";
import { Fd } from "../../src/sys/fd.ts";
import { AT_FDCWD, O_DIRECTORY, O_RDONLY, openat } from "../../src/sys/files.ts";
import { local } from "../../src/sys/local.ts";

const BPF_PROG_GET_NEXT_ID = 11;
const BPF_PROG_GET_FD_BY_ID = 13;
const BPF_PROG_TYPE_CGROUP_DEVICE = 15;
/** Bytes of the parts of union bpf_attr that are about ids (linux/bpf.h). */
const ID_SIZE = 12;

/** The id of the next program after one; undefined after the last, and for who may not ask (CAP_SYS_ADMIN). */
function nextId(id: number): number | undefined {
  const attributes = local.memory.alloc(ID_SIZE);
  local.memory.setU32(attributes, id);
  const result = local.attempt({ name: "bpf", args: [BPF_PROG_GET_NEXT_ID, attributes, ID_SIZE] });
  return result < 0 ? undefined : local.memory.getU32(attributes + 4);
}

/** What kind of program it is (proc_pid_fdinfo(5)); undefined where it is gone. */
function typeOf(id: number): number | undefined {
  const attributes = local.memory.alloc(ID_SIZE);
  local.memory.setU32(attributes, id);
  const result = local.attempt({ name: "bpf", args: [BPF_PROG_GET_FD_BY_ID, attributes, ID_SIZE] });
  if (result < 0) return undefined;
  using program = new Fd(local, result);
  const text = readFileSync(`/proc/self/fdinfo/${program.number}`, "utf8");
  return Number(/^prog_type:\s*(\d+)$/m.exec(text)?.[1]);
}

/** Ids of all programs in the kernel that decide about a cgroup's devices. */
export function devicePrograms(): number[] {
  const found: number[] = [];
  for (let id = nextId(0); id !== undefined; id = nextId(id)) {
    if (typeOf(id) === BPF_PROG_TYPE_CGROUP_DEVICE) found.push(id);
  }
  return found;
}

/** How many of them a cgroup has of its own; none where it is gone meanwhile. */
function countIn(directory: string): number {
  try {
    using cgroup = openat(local, AT_FDCWD, directory, O_RDONLY | O_DIRECTORY);
    const programs = attachedDevicePrograms(local, cgroup.number);
    for (const program of programs) program[Symbol.dispose]();
    return programs.length;
  } catch {
    return 0;
  }
}

/**
 * The device programs by their places, a line for each: those of cgroups, and those that are in none. Not by their ids:
 * systemd loads those of all its services again whenever it reloads.
 * @param directories of cgroups; those that are not of v2 have no programs
 */
export function placesOfDevicePrograms(directories: readonly string[]): string[] {
  const all = devicePrograms().length;
  if (all === 0) return [];
  const numbered = (count: number, what: string) =>
    Array.from({ length: count }, (_, index) => `${what} ${index + 1}`);
  const attached = directories.flatMap((path) => numbered(countIn(path), `device program of ${path}`));
  return [...attached, ...numbered(Math.max(0, all - attached.length), "device program of no cgroup")];
}
