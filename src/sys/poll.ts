import type { Executor } from "./executor.ts";
import { SyscallError } from "./syscall-error.ts";

/** Events of poll(2). */
export const POLLIN = 0x1;
/** Of a file of a cgroup: it has changed since it was read last (kernfs, as `cgroup.events` in cgroup-v2.rst). */
export const POLLPRI = 0x2;
export const POLLOUT = 0x4;

const POLLFD_SIZE = 8;
const EINTR = 4;

/** What to wait for on a descriptor. */
export interface Interest {
  readonly fd: number;
  readonly events: number;
}

/**
 * Waits until one of the descriptors has something to say (ppoll(2)), a signal arrives, or `timeout` milliseconds have
 * passed (undefined: no limit).
 * @returns the events of each descriptor, in the order of `interests`; all 0 after a signal or the timeout
 */
export function poll(k: Executor, interests: readonly Interest[], timeout?: number): number[] {
  const { memory } = k;
  const fds = memory.alloc(interests.length * POLLFD_SIZE);
  const limit = timeout === undefined ? 0 : memory.alloc(16);
  interests.forEach(({ fd, events }, index) => {
    memory.setU32(fds + index * POLLFD_SIZE, fd);
    memory.setU32(fds + index * POLLFD_SIZE + 4, events);
  });
  if (timeout !== undefined) {
    memory.setAddress(limit, Math.floor(timeout / 1000));
    memory.setAddress(limit + 8, (timeout % 1000) * 1_000_000);
  }
  const result = k.attempt({ name: "ppoll", args: [fds, interests.length, limit, 0, 0] });
  if (result === -EINTR) return interests.map(() => 0);
  if (result < 0) throw new SyscallError("ppoll", -result, `${interests.length} descriptors`);
  return interests.map((_, index) => k.memory.getU32(fds + index * POLLFD_SIZE + 4) >>> 16);
}

/** Waits, whatever signals arrive, until a descriptor can be read, a pidfd until its process has ended. @returns whether it can */
export function awaitReadable(k: Executor, fd: number, milliseconds: number): boolean {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    const left = Math.max(0, Math.ceil(deadline - performance.now()));
    if (poll(k, [{ fd, events: POLLIN }], left)[0] !== 0) return true;
    if (left === 0) return false;
  }
}
