import { TsrunError } from "../../base/errors.ts";
import { Fd } from "../../sys/fd.ts";
import { AT_FDCWD, O_RDONLY, openat } from "../../sys/files.ts";
import { exists, putText } from "../../sys/host-files.ts";
import { local } from "../../sys/local.ts";
import { POLLIN } from "../../sys/poll.ts";
import { SyscallError } from "../../sys/syscall-error.ts";
import { noMemoryController } from "../common/oom.ts";
import type { OomWatch } from "../manager.ts";

const EFD_NONBLOCK_CLOEXEC = 0o4000 | 0o2000000;
const EAGAIN = 11;

/**
 * Has the kernel count on an eventfd each time that the cgroup is out of memory (cgroup-v1/memory.rst, "OOM Control").
 * @param directory of the memory controller; undefined where there is none
 * @throws TsrunError in runc's words where there is none
 */
export function watchOom(directory: string | undefined): OomWatch {
  if (directory === undefined) throw noMemoryController();
  const control = `${directory}/cgroup.event_control`;
  const events = new Fd(local, local.call({ name: "eventfd2", args: [0, EFD_NONBLOCK_CLOEXEC] }));
  try {
    using file = openat(local, AT_FDCWD, `${directory}/memory.oom_control`, O_RDONLY);
    putText(control, `${events.number} ${file.number}`);
  } catch (cause) {
    events[Symbol.dispose]();
    throw new TsrunError(`asking for events of cgroup ${directory}`, { cause });
  }
  return {
    interest: { fd: events.number, events: POLLIN },
    // The removal of the cgroup is counted, too.
    happened: () => takeCount(events) && exists(control),
    [Symbol.dispose]: () => events[Symbol.dispose](),
  };
}

/** Sets the count back to zero (eventfd(2)). @returns whether it was above */
function takeCount(events: Fd): boolean {
  const buffer = local.memory.alloc(8);
  const result = local.attempt({ name: "read", args: [events.number, buffer, 8] });
  if (result < 0 && result !== -EAGAIN) throw new SyscallError("read", -result, "an eventfd");
  return result > 0;
}
