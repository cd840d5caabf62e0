import type { Executor } from "./executor.ts";
import { Fd } from "./fd.ts";
import { O_CLOEXEC, O_NONBLOCK } from "./files.ts";

const F_GETFL = 3;
const F_SETFL = 4;

/** Both ends of a pipe; disposal closes them. */
export interface Pipe extends Disposable {
  readonly read: Fd;
  readonly write: Fd;
}

/** pipe2(2), close-on-exec. @throws SyscallError */
export function pipe(k: Executor): Pipe {
  const address = k.memory.alloc(8);
  k.call({ name: "pipe2", args: [address, O_CLOEXEC], subject: "O_CLOEXEC" });
  const read = new Fd(k, k.memory.getU32(address));
  const write = new Fd(k, k.memory.getU32(address + 4));
  const close = (): void => {
    read[Symbol.dispose]();
    write[Symbol.dispose]();
  };
  return { read, write, [Symbol.dispose]: close };
}

/** Whether reads and writes of `fd` answer EAGAIN where they would wait (O_NONBLOCK, fcntl(2)). @throws SyscallError */
export function setNonBlocking(k: Executor, fd: number, nonBlocking = true): void {
  const flags = k.call({ name: "fcntl", args: [fd, F_GETFL], subject: `${fd} F_GETFL` });
  const wanted = nonBlocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
  k.queue({ name: "fcntl", args: [fd, F_SETFL, wanted], subject: `${fd} O_NONBLOCK` });
}
