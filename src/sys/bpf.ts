import type { Executor } from "./executor.ts";
import { Fd } from "./fd.ts";

const BPF_PROG_LOAD = 5;
const BPF_PROG_ATTACH = 8;
const BPF_PROG_TYPE_CGROUP_DEVICE = 15;
const BPF_CGROUP_DEVICE = 6;
const BPF_F_ALLOW_MULTI = 2;
/** Sizes of the parts of union bpf_attr that are used (linux/bpf.h). */
const LOAD_SIZE = 72;
const ATTACH_SIZE = 20;
const INSTRUCTION_SIZE = 8;

/** Loads a program that decides about devices (bpf(2) BPF_PROG_LOAD, Linux 4.15). @throws SyscallError */
export function loadDeviceProgram(k: Executor, program: Uint8Array): Fd {
  const { memory } = k;
  const attributes = memory.alloc(LOAD_SIZE);
  memory.setU32(attributes, BPF_PROG_TYPE_CGROUP_DEVICE);
  memory.setU32(attributes + 4, program.length / INSTRUCTION_SIZE);
  memory.setAddress(attributes + 8, memory.data(program));
  memory.setAddress(attributes + 16, memory.string("Apache-2.0"));
  const args = [BPF_PROG_LOAD, attributes, LOAD_SIZE];
  return new Fd(k, k.call({ name: "bpf", args, subject: "BPF_PROG_LOAD of a device program" }));
}

/** Attaches a device program to a cgroup, beside those of its ancestors (BPF_PROG_ATTACH). @throws SyscallError */
export function attachDeviceProgram(k: Executor, cgroup: number, program: number): void {
  const { memory } = k;
  const attributes = memory.alloc(ATTACH_SIZE);
  memory.setU32(attributes, cgroup);
  memory.setU32(attributes + 4, program);
  memory.setU32(attributes + 8, BPF_CGROUP_DEVICE);
  memory.setU32(attributes + 12, BPF_F_ALLOW_MULTI);
  k.call({
    name: "bpf",
    args: [BPF_PROG_ATTACH, attributes, ATTACH_SIZE],
    subject: "BPF_PROG_ATTACH to a cgroup",
  });
}
