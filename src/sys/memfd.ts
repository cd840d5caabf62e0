import type { Executor } from "./executor.ts";
import { Fd } from "./fd.ts";
import { SyscallError } from "./syscall-error.ts";

export const MFD_CLOEXEC = 1;
export const MFD_ALLOW_SEALING = 2;
const MFD_EXEC = 0x10;
const EINVAL = 22;

/**
 * A file in memory that may be executed: with MFD_EXEC, as sysctl vm.memfd_noexec=1 makes others without the right to
 * that (both Linux 6.3). @throws SyscallError of memfd_create(2); EACCES under vm.memfd_noexec=2
 */
export function executableMemfd(k: Executor, flags: number): Fd {
  const create = (all: number): number =>
    k.attempt({ name: "memfd_create", args: [k.memory.string("tsrun"), all] });
  let fd = create(flags | MFD_EXEC);
  if (fd === -EINVAL) fd = create(flags);
  if (fd < 0) throw new SyscallError("memfd_create", -fd, "");
  return new Fd(k, fd);
}
