import type { Call } from "../executor.ts";
import { O_WRONLY, writeText } from "../files.ts";
import { callCode } from "../koffi.ts";
import { local } from "../local.ts";
import { openIn } from "../names.ts";
import { numberOf } from "../numbers.ts";
import { SyscallError } from "../syscall-error.ts";
import type { HandMemory } from "./hand-memory.ts";
import { control, flag, record } from "./protocol.ts";

const EACCES = 13;
const ENOSYS = 38;
const SIGKILL = 9;
const SIGCHLD = 17;
const P_PIDFD = 3;
const WEXITED = 4;
const CLONE_PIDFD = 0x1000;
const CLONE_CLEAR_SIGHAND = 0x100000000n;
const CLONE_INTO_CGROUP = 0x200000000n;
const CLONE_ARGS_SIZE = 88;

/** What a hand is cloned with. */
export interface CloneOptions {
  /** CLONE_NEW* of the namespaces that the child gets new, or CLONE_FILES (clone(2)). */
  readonly namespaces: number;
  /** Descriptor of a cgroup v2 directory that the child is born in (clone3(2), Linux 5.7), if any. */
  readonly cgroup?: number | undefined;
}

/** A child that waits for records. */
export interface Cloned {
  readonly pid: number;
  readonly pidfd: number;
  /** Whether it has no handlers of this process's any more (CLONE_CLEAR_SIGHAND, Linux 5.5): only ignored signals are left. */
  readonly handlersCleared: boolean;
}

/** Runs one fork record in this process: the stub returns here, and serves `block` in the child. */
export function cloneChild(memory: HandMemory, block: number, pidfd: number, options: CloneOptions): Cloned {
  const { namespaces, cgroup } = options;
  let pid = clone3(memory, block, pidfd, options);
  // Rights may be others for a write to cgroup.procs, which asks for those of who has opened it. EBUSY and EOPNOTSUPP say that
  // the cgroup takes nobody: a move would only wait for the kernel's lock over all forks to hear the same (clone(2), Errors).
  const refusal = cgroup !== undefined && pid === -EACCES ? EACCES : 0;
  if (refusal !== 0) pid = clone3(memory, block, pidfd, { namespaces });
  const handlersCleared = pid >= 0;
  if (pid === -ENOSYS) {
    const flags = namespaces | CLONE_PIDFD | SIGCHLD;
    pid = runFork(memory, { name: "clone", args: [flags, 0, pidfd, 0, 0] }, block);
  }
  if (pid < 0) throw new SyscallError("clone3", -pid, "");
  const child = { pid, pidfd: memory.getU32(pidfd), handlersCleared };
  if (cgroup !== undefined && (refusal !== 0 || !handlersCleared)) moveToCgroup(child, cgroup, refusal);
  return child;
}

/** clone3(2). @returns the child's id, or the negated errno */
function clone3(memory: HandMemory, block: number, pidfd: number, options: CloneOptions): number {
  const args = memory.alloc(CLONE_ARGS_SIZE);
  const cgroup = options.cgroup === undefined ? 0n : CLONE_INTO_CGROUP;
  memory.setU64(args, BigInt(options.namespaces | CLONE_PIDFD) | CLONE_CLEAR_SIGHAND | cgroup);
  memory.setAddress(args + 8, pidfd);
  memory.setAddress(args + 32, SIGCHLD);
  memory.setAddress(args + 80, options.cgroup ?? 0);
  return runFork(memory, { name: "clone3", args: [args, CLONE_ARGS_SIZE] }, block);
}

/**
 * What clone3(2) would have done, where a seccomp filter hides it or the kernel did not let it: the child waits for its
 * first record meanwhile.
 * @param refusal the errno by which clone3 has refused the cgroup: the better of two reasons; 0 for none
 */
function moveToCgroup({ pid, pidfd }: Cloned, cgroup: number, refusal: number): void {
  try {
    using processes = openIn(local, cgroup, "cgroup.procs", O_WRONLY);
    writeText(local, processes.number, String(pid));
  } catch (error) {
    local.attempt({ name: "pidfd_send_signal", args: [pidfd, SIGKILL, 0, 0] });
    local.attempt({ name: "waitid", args: [P_PIDFD, pidfd, 0, WEXITED, 0] });
    local.attempt({ name: "close", args: [pidfd] });
    throw refusal === 0 ? error : new SyscallError("clone3", refusal, "into the container's cgroup");
  }
}

function runFork(memory: HandMemory, call: Call, block: number): number {
  const own = memory.alloc(control.size);
  const address = memory.alloc(record.size);
  memory.setU32(address + record.nr, numberOf(call.name));
  memory.setU32(address + record.flags, flag.fork);
  for (const [i, argument] of call.args.entries()) memory.setAddress(address + record.args + i * 8, argument);
  memory.setAddress(address + record.extra, block);
  memory.setU32(own + control.count, 1);
  memory.setAddress(own + control.records, address);
  callCode(memory.entry, own);
  return memory.getAddress(address + record.result);
}
