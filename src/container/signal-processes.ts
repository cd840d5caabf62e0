import { Fd } from "../sys/fd.ts";
import { local } from "../sys/local.ts";
import { SyscallError } from "../sys/syscall-error.ts";

const ESRCH = 3;
/** So many processes are held open at once, fewer than a shell lets its commands have descriptors. */
const GROUP = 256;

/**
 * Sends a signal to all that `list` returns and, once they are held by descriptor, still returns: the number of one
 * that has ended meanwhile may be another's, who is not of the container. A process that still runs when it gets the
 * signal had its number at the second look, too (pidfd_open(2), Linux 5.3).
 * @param list ids of processes as this one counts them
 * @throws SyscallError naming the process, but of none that has ended
 */
export function signalProcesses(list: () => readonly number[], signal: number): void {
  const pids = list();
  for (let start = 0; start < pids.length; start += GROUP) {
    using held = open(pids.slice(start, start + GROUP));
    const still = new Set(list());
    for (const [pid, fd] of held.processes) if (still.has(pid)) send(pid, fd, signal);
  }
}

function open(pids: readonly number[]): Disposable & { readonly processes: ReadonlyMap<number, Fd> } {
  const processes = new Map<number, Fd>();
  const close = (): void => {
    for (const fd of processes.values()) fd[Symbol.dispose]();
  };
  for (const pid of pids) {
    const result = local.attempt({ name: "pidfd_open", args: [pid, 0] });
    if (result >= 0) processes.set(pid, new Fd(local, result));
    else if (result !== -ESRCH) {
      close();
      throw new SyscallError("pidfd_open", -result, `process ${pid}`);
    }
  }
  return { processes, [Symbol.dispose]: close };
}

function send(pid: number, process: Fd, signal: number): void {
  const result = local.attempt({ name: "pidfd_send_signal", args: [process.number, signal, 0, 0] });
  if (result < 0 && result !== -ESRCH) {
    throw new SyscallError("pidfd_send_signal", -result, `process ${pid}`);
  }
}
