import { Fd } from "../sys/fd.ts";
import { local } from "../sys/local.ts";
import type { ContainerRecord } from "./record.ts";
import { isAlive } from "./status.ts";

/** The container's init as a descriptor, or undefined when it has ended; looked at after it was opened, so not reused. */
export function pidfdOf(record: ContainerRecord): Fd | undefined {
  if (record.pid === 0) return undefined;
  const result = local.attempt({ name: "pidfd_open", args: [record.pid, 0] });
  if (result < 0) return undefined;
  const fd = new Fd(local, result);
  if (isAlive(record)) return fd;
  fd[Symbol.dispose]();
  return undefined;
}
