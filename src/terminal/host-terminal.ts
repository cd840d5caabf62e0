import type { Fd } from "../sys/fd.ts";
import { O_NOCTTY, O_RDWR } from "../sys/files.ts";
import { openHost } from "../sys/host-paths.ts";
import { local } from "../sys/local.ts";
import { withSignalsBlocked } from "../sys/signal-mask.ts";
import { isErrno, SyscallError } from "../sys/syscall-error.ts";
import {
  rawModes,
  setTermios,
  type Termios,
  tryGetTermios,
  tryGetWindowSize,
  type WindowSize,
} from "../sys/tty.ts";

const STDIN = 0;

/**
 * The terminal that the runtime was started at, if any. While the container runs it is raw if it is our stdin: keys
 * (^C, too) are the container's. Disposal gives it back as it was.
 */
export class HostTerminal implements Disposable {
  readonly #former: Termios | undefined = tryGetTermios(local, STDIN);
  readonly #controlling: Fd | undefined = openControllingTerminal();

  /** Sets raw mode; again after a stop, when the shell has had the terminal in between. */
  enterRaw(): void {
    const former = this.#former;
    if (former === undefined) return;
    try {
      setTermios(local, STDIN, rawModes(former));
    } catch (error) {
      // One that has hung up: the kernel sends SIGCONT with SIGHUP then, and the container goes on.
      if (!isErrno(error, "EIO")) throw error;
    }
  }

  /** Its size, of whichever of our stdio is a terminal, else of the controlling one; undefined without any. */
  get size(): WindowSize | undefined {
    for (const fd of [0, 1, 2]) {
      const size = tryGetWindowSize(local, fd);
      if (size !== undefined) return size;
    }
    return this.#controlling === undefined ? undefined : tryGetWindowSize(local, this.#controlling.number);
  }

  [Symbol.dispose](): void {
    this.#controlling?.[Symbol.dispose]();
    const former = this.#former;
    if (former === undefined) return;
    // With SIGTTOU blocked the kernel lets a background job set the modes (tcsetattr(3)); a terminal that hung up is
    // beyond restoring.
    withSignalsBlocked(() => attemptRestore(former));
  }
}

function attemptRestore(former: Termios): void {
  try {
    setTermios(local, STDIN, former);
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
  }
}

function openControllingTerminal(): Fd | undefined {
  try {
    return openHost(local, "/dev/tty", O_RDWR | O_NOCTTY);
  } catch (error) {
    if (error instanceof SyscallError) return undefined;
    throw error;
  }
}
