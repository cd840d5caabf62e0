import { TsrunError } from "../base/errors.ts";
import { lastStages } from "../init/last-stages.ts";
import type { Fd } from "../sys/fd.ts";
import {
  AT_FDCWD,
  mknodCall,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  openat,
  S_IFIFO,
} from "../sys/files.ts";
import { removeFile } from "../sys/host-directories.ts";
import { tryOpen } from "../sys/host-files.ts";
import { local } from "../sys/local.ts";
import { nameOf } from "../sys/numbers.ts";
import { setNonBlocking } from "../sys/pipe.ts";
import { record } from "../sys/stub/protocol.ts";
import { isErrno, SyscallError } from "../sys/syscall-error.ts";

/**
 * The gate between `start` and the waiting init: two FIFOs in the container's directory.
 *
 *   go       init reads one byte; start writes it
 *   result   init holds it close-on-exec: its end says that the program runs; a failed record in it says what did not
 *
 * Init opens both for reading and writing, so that neither end ever blocks on the other's absence.
 */
export class Gate implements Disposable {
  readonly go: Fd;
  readonly result: Fd;

  private constructor(go: Fd, result: Fd) {
    this.go = go;
    this.result = result;
  }

  /** Makes the FIFOs and opens them for init to inherit. */
  static make(directory: string): Gate {
    const go = makeFifo(`${directory}/go`);
    try {
      return new Gate(go, makeFifo(`${directory}/result`));
    } catch (error) {
      // Where descriptors have run out, taking back what was made wants this one.
      go[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.go[Symbol.dispose]();
    this.result[Symbol.dispose]();
  }
}

function makeFifo(path: string): Fd {
  local.call(mknodCall(local, AT_FDCWD, path, S_IFIFO | 0o600, 0));
  return openat(local, AT_FDCWD, path, O_RDWR);
}

/** A record of the last batch that failed. */
export interface LastFailure {
  /** The stage of the last batch (init/last-batch.ts). */
  readonly stage: string;
  readonly pointer: string;
  readonly error: SyscallError;
}

/**
 * Whether init still waits: it holds its end until it has become the program. That the FIFO is there says nothing, as a
 * `start` that was killed leaves it.
 */
export function isWaiting(directory: string): boolean {
  try {
    tryOpen(`${directory}/go`, O_WRONLY | O_NONBLOCK);
    return true;
  } catch (error) {
    // ENXIO: nobody reads (fifo(7)).
    if (isErrno(error, "ENOENT", "ENXIO")) return false;
    throw error;
  }
}

/**
 * Lets init go on and waits until it has become the container's program.
 * @returns the record that failed, or undefined on success
 */
export function open(directory: string): LastFailure | undefined {
  using result = openat(local, AT_FDCWD, `${directory}/result`, O_RDONLY | O_NONBLOCK);
  using go = openat(local, AT_FDCWD, `${directory}/go`, O_WRONLY | O_NONBLOCK);
  local.call({
    name: "write",
    args: [go.number, local.memory.string("g"), 1],
    subject: "the container's start",
  });
  setNonBlocking(local, result.number, false);
  const failure = readFailure(result);
  removeFile(`${directory}/go`);
  removeFile(`${directory}/result`);
  return failure;
}

/** Waits for the end of a pipe that a hand holds (its program runs, or it is gone) or for a failed record in it. */
export function readFailure(result: Fd): LastFailure | undefined {
  const buffer = local.memory.alloc(record.size);
  const length = local.call({
    name: "read",
    args: [result.number, buffer, record.size],
    subject: "init's last word",
  });
  if (length === 0) return undefined;
  if (length !== record.size) throw new TsrunError("container init reported half a record");
  return lastFailure(new DataView(local.memory.read(buffer, record.size).buffer));
}

/** What a record says that failed. */
export function lastFailure(failed: DataView): LastFailure {
  const nr = failed.getUint32(record.nr, true);
  const errno = -failed.getInt32(record.result, true);
  const stage = lastStages[failed.getUint32(record.extra, true)] ?? lastStages[0];
  return {
    stage: stage[0],
    pointer: stage[1],
    error: new SyscallError(nameOf(nr) ?? `system call ${nr}`, errno, ""),
  };
}
