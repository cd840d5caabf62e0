import { writeSome } from "../sys/host-files.ts";
import { isErrno } from "../sys/syscall-error.ts";

/** How long to wait for the reader of a non-blocking pipe before the next attempt, in milliseconds. */
const retryDelay = 1;

/**
 * Writes the whole text or bytes, whatever the descriptor is: a caller may have left a pipe non-blocking.
 * @throws the write's own error, EPIPE among them
 */
export function writeText(fd: number, text: string | Uint8Array): void {
  let rest: Uint8Array = typeof text === "string" ? new TextEncoder().encode(text) : text;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSome(fd, rest));
    } catch (error) {
      if (!isErrno(error, "EAGAIN")) {
        throw error;
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, retryDelay);
    }
  }
}

/** Writes a command's result. */
export function print(text: string | Uint8Array): void {
  writeText(1, text);
}

/** Carries out an action that prints again and again; that nobody reads it any more is its end, not a failure. */
export function untilUnread(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!isErrno(error, "EPIPE")) throw error;
  }
}
