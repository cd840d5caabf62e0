import type { Executor } from "./executor.ts";
import { Fd } from "./fd.ts";
import { limitCall, RLIM_INFINITY } from "./rlimit.ts";
import { isErrno, SyscallError } from "./syscall-error.ts";

const BPF_PROG_LOAD = 5;
const BPF_PROG_ATTACH = 8;
const BPF_PROG_DETACH = 9;
const BPF_PROG_GET_FD_BY_ID = 13;
const BPF_PROG_QUERY = 16;
const BPF_PROG_TYPE_CGROUP_DEVICE = 15;
const BPF_CGROUP_DEVICE = 6;
const BPF_F_ALLOW_MULTI = 2;
const BPF_F_REPLACE = 4;
/** Sizes of the parts of union bpf_attr that are used (linux/bpf.h). */
const LOAD_SIZE = 72;
const ATTACH_SIZE = 20;
/** All of the query's part: Linux 6.17 to 7.1 write its last field whatever size they are told. */
const QUERY_SIZE = 64;
const INSTRUCTION_SIZE = 8;
/** So many programs a cgroup can have (BPF_CGROUP_MAX_PROGS, linux/bpf-cgroup.h). */
const MAX_PROGRAMS = 64;
/** The verifier answers EAGAIN when a signal has interrupted it (Linux 4.20). */
const INTERRUPTIONS = 30;
const EAGAIN = 11;
const RLIMIT_MEMLOCK = { name: "RLIMIT_MEMLOCK", number: 8 };

/** Loads a program that decides about devices (bpf(2) BPF_PROG_LOAD, Linux 4.15). @throws SyscallError */
export function loadDeviceProgram(k: Executor, program: Uint8Array): Fd {
  try {
    return tryLoad(k, program);
  } catch (error) {
    if (!isErrno(error, "EPERM") || !liftMemoryLock(k)) throw error;
    return tryLoad(k, program);
  }
}

function tryLoad(k: Executor, program: Uint8Array): Fd {
  const { memory } = k;
  const attributes = memory.alloc(LOAD_SIZE);
  memory.setU32(attributes, BPF_PROG_TYPE_CGROUP_DEVICE);
  memory.setU32(attributes + 4, program.length / INSTRUCTION_SIZE);
  memory.setAddress(attributes + 8, memory.data(program));
  memory.setAddress(attributes + 16, memory.string("Apache-2.0"));
  const call = {
    name: "bpf",
    args: [BPF_PROG_LOAD, attributes, LOAD_SIZE],
    subject: "BPF_PROG_LOAD of a device program",
  } as const;
  let result = k.attempt(call);
  for (let tries = 0; result === -EAGAIN && tries < INTERRUPTIONS; tries++) result = k.attempt(call);
  if (result < 0) throw new SyscallError(call.name, -result, call.subject);
  return new Fd(k, result);
}

/** Before Linux 5.11 a program counted as locked memory, of which root, too, may be short. @returns whether it can be had */
function liftMemoryLock(k: Executor): boolean {
  return k.attempt(limitCall(k, 0, RLIMIT_MEMLOCK, { soft: RLIM_INFINITY, hard: RLIM_INFINITY })) === 0;
}

/**
 * The device programs attached to a cgroup itself, in the order in which they were (BPF_PROG_QUERY), as far as the caller
 * may have them: a security module can keep some to itself. @throws SyscallError
 */
export function attachedDevicePrograms(k: Executor, cgroup: number): Fd[] {
  const programs: Fd[] = [];
  for (const id of attachedIds(k, cgroup)) {
    const attributes = k.memory.alloc(ATTACH_SIZE);
    k.memory.setU32(attributes, id);
    const fd = k.attempt({ name: "bpf", args: [BPF_PROG_GET_FD_BY_ID, attributes, 4] });
    if (fd >= 0) programs.push(new Fd(k, fd));
  }
  return programs;
}

function attachedIds(k: Executor, cgroup: number): number[] {
  const { memory } = k;
  const ids = memory.alloc(MAX_PROGRAMS * 4);
  const attributes = memory.alloc(QUERY_SIZE);
  memory.setU32(attributes, cgroup);
  memory.setU32(attributes + 4, BPF_CGROUP_DEVICE);
  memory.setAddress(attributes + 16, ids);
  memory.setU32(attributes + 24, MAX_PROGRAMS);
  k.call({
    name: "bpf",
    args: [BPF_PROG_QUERY, attributes, QUERY_SIZE],
    subject: "BPF_PROG_QUERY of a cgroup",
  });
  const count = memory.getU32(attributes + 24);
  return Array.from({ length: count }, (_, index) => memory.getU32(ids + index * 4));
}

/**
 * Attaches a device program to a cgroup, beside those of its ancestors (BPF_PROG_ATTACH).
 * @param replaced the program of this cgroup whose place it takes, in one step (BPF_F_REPLACE, Linux 5.6)
 * @throws SyscallError
 */
export function attachDeviceProgram(k: Executor, cgroup: number, program: number, replaced?: number): void {
  const { memory } = k;
  const attributes = memory.alloc(ATTACH_SIZE);
  memory.setU32(attributes, cgroup);
  memory.setU32(attributes + 4, program);
  memory.setU32(attributes + 8, BPF_CGROUP_DEVICE);
  memory.setU32(attributes + 12, BPF_F_ALLOW_MULTI | (replaced === undefined ? 0 : BPF_F_REPLACE));
  memory.setU32(attributes + 16, replaced ?? 0);
  k.call({
    name: "bpf",
    args: [BPF_PROG_ATTACH, attributes, ATTACH_SIZE],
    subject: "BPF_PROG_ATTACH to a cgroup",
  });
}

/** Detaches a device program from a cgroup (BPF_PROG_DETACH). @throws SyscallError */
export function detachDeviceProgram(k: Executor, cgroup: number, program: number): void {
  const { memory } = k;
  const attributes = memory.alloc(ATTACH_SIZE);
  memory.setU32(attributes, cgroup);
  memory.setU32(attributes + 4, program);
  memory.setU32(attributes + 8, BPF_CGROUP_DEVICE);
  k.call({
    name: "bpf",
    args: [BPF_PROG_DETACH, attributes, ATTACH_SIZE],
    subject: "BPF_PROG_DETACH from a cgroup",
  });
}
