import { containerTexts, TsrunError } from "../base/errors.ts";
import { managerFrom } from "../cgroups/select.ts";
import { loadNative } from "../sys/koffi.ts";
import { local } from "../sys/local.ts";
import { failedCall, isErrno } from "../sys/syscall-error.ts";
import { ContainerDirectory } from "./directory.ts";
import { membersOf } from "./members.ts";
import type { RuntimeOptions } from "./options.ts";
import { pidfdOf } from "./pidfd.ts";
import type { ContainerRecord } from "./record.ts";
import { signalProcesses } from "./signal-processes.ts";
import { allowed, statusOf } from "./status.ts";

const SIGKILL = 9;

/**
 * Sends a signal to the container's init, or with `all` to every process of it.
 * @throws TsrunError `container not running`, `container does not exist`
 */
export function kill(options: RuntimeOptions, id: string, signal: number, all: boolean): void {
  loadNative();
  const directory = ContainerDirectory.of(options, id);
  const record = directory.read();
  const status = statusOf(directory, record);
  if (all) {
    signalAll(record, signal);
    return;
  }
  if (!allowed.kill.some((name) => name === status)) throw new TsrunError(containerTexts.notRunning);
  signalInit(record, signal);
  // Without a pid namespace of its own the end of init ends nobody else (runc does the same).
  if (signal === SIGKILL && !record.ownPidNamespace) signalAll(record, signal);
  if (signal === SIGKILL && status === "paused") letDie(record);
}

/** On v1 SIGKILL reaches frozen processes once they go on; on v2 they are gone already, and with systemd their cgroup. */
function letDie(record: ContainerRecord): void {
  try {
    managerFrom(record.cgroup).thaw();
  } catch (error) {
    if (!isErrno(failedCall(error), "ENOENT", "ENODEV")) throw error;
  }
}

/** By descriptor: the process that is signalled is the one that was looked at. */
function signalInit(record: ContainerRecord, signal: number): void {
  using process = pidfdOf(record);
  if (process === undefined) throw new TsrunError(containerTexts.notRunning);
  try {
    local.call({ name: "pidfd_send_signal", args: [process.number, signal, 0, 0], subject: String(signal) });
  } catch (error) {
    if (isErrno(error, "ESRCH")) throw new TsrunError(containerTexts.notRunning);
    throw error;
  }
}

function signalAll(record: ContainerRecord, signal: number): void {
  const hasCgroup = Object.keys(record.cgroup.paths).length > 0;
  if (signal === SIGKILL && hasCgroup) {
    managerFrom(record.cgroup).kill();
    return;
  }
  signalProcesses(() => membersOf(record), signal);
}
