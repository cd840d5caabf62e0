import { Fd } from "../sys/fd.ts";
import { local } from "../sys/local.ts";
import { SyscallError } from "../sys/syscall-error.ts";
import type { ContainerRecord } from "./record.ts";
import { isAlive } from "./status.ts";

/** pidfd_open(2) where no process has the number: ESRCH; EINVAL where a thread has it. */
const gone: readonly number[] = [-3, -22];

/**
 * The container's init as a descriptor, or undefined when it has ended; looked at after it was opened, so not reused.
 * @throws SyscallError when that cannot be known (EMFILE)
 */
export function pidfdOf(record: ContainerRecord): Fd | undefined {
  if (record.pid === 0) return undefined;
  const result = local.attempt({ name: "pidfd_open", args: [record.pid, 0] });
  if (gone.includes(result)) return undefined;
  if (result < 0) throw new SyscallError("pidfd_open", -result, String(record.pid));
  const fd = new Fd(local, result);
  if (isAlive(record)) return fd;
  fd[Symbol.dispose]();
  return undefined;
}
