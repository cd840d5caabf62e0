import type { Fd } from "../sys/fd.ts";
import { fstat, O_NOCTTY, O_NONBLOCK, S_IFCHR, S_IFIFO, S_IFMT, S_IFREG } from "../sys/files.ts";
import { reopenDescriptor } from "../sys/host-proc.ts";
import { local } from "../sys/local.ts";
import { SyscallError } from "../sys/syscall-error.ts";

/** A write that poll(2) announced does not block up to PIPE_BUF bytes (pipe(7)). */
const PIPE_BUF = 4096;
/** Bytes that go through in one call where nothing can block. */
export const CHUNK = 65536;

/** One of our stdio descriptors as an end of the relay. */
export interface Endpoint extends Disposable {
  readonly fd: number;
  /** Bytes that one write may have without blocking the relay. */
  readonly limit: number;
}

/**
 * A descriptor that the relay may read or write without being blocked in it. O_NONBLOCK belongs to the open file, which
 * we share with our caller (a shell would get EAGAIN): terminals and pipes are opened once more through /proc instead.
 * Where that is refused (a terminal of another user's), poll(2) and small writes have to do.
 */
export function openEndpoint(fd: number, access: number): Endpoint {
  const own = reopen(fd, access);
  if (own !== undefined)
    return { fd: own.number, limit: CHUNK, [Symbol.dispose]: () => own[Symbol.dispose]() };
  const limit = fileType(fd) === S_IFREG ? CHUNK : PIPE_BUF;
  return { fd, limit, [Symbol.dispose]: () => undefined };
}

function reopen(fd: number, access: number): Fd | undefined {
  const type = fileType(fd);
  if (type !== S_IFCHR && type !== S_IFIFO) return undefined;
  try {
    return reopenDescriptor(fd, access | O_NONBLOCK | O_NOCTTY);
  } catch (error) {
    if (error instanceof SyscallError) return undefined;
    throw error;
  }
}

/** The type in st_mode; 0 for a descriptor that is not open. */
function fileType(fd: number): number {
  try {
    return fstat(local, fd).mode & S_IFMT;
  } catch (error) {
    if (error instanceof SyscallError) return 0;
    throw error;
  }
}
