import { TsrunError } from "../base/errors.ts";
import { managerFrom } from "../cgroups/select.ts";
import { local } from "../sys/local.ts";
import { awaitReadable } from "../sys/poll.ts";
import { tryPidfdSendSignal } from "../sys/wait.ts";
import { pidfdOf } from "./pidfd.ts";
import type { ContainerRecord } from "./record.ts";

const SIGKILL = 9;
/** A killed process that is still there after this time hangs in the kernel (a dead NFS server, a frozen cgroup). */
const KILL_DEADLINE_MS = 10_000;

/** Ends every process of the container and waits for the end of init. */
export function tearDown(record: ContainerRecord): void {
  const manager = managerFrom(record.cgroup);
  using init = pidfdOf(record);
  if (init !== undefined) tryPidfdSendSignal(local, init.number, SIGKILL);
  manager.kill();
  // A pidfd becomes readable at the end of its process, reaped or not.
  if (init === undefined || awaitReadable(local, init.number, KILL_DEADLINE_MS)) return;
  throw new TsrunError(
    `container init (process ${record.pid}) is still alive ${KILL_DEADLINE_MS / 1000} s after SIGKILL`,
  );
}
