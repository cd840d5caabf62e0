import { errnoName } from "../../sys/errno.ts";
import type { Call, Executor } from "../../sys/executor.ts";
import { AT_FDCWD, O_PATH, openat2Call, RESOLVE_IN_ROOT } from "../../sys/files.ts";
import { local } from "../../sys/local.ts";
import { hasCall } from "../../sys/new-mounts.ts";

/** A range of descriptors that nobody has. */
const UNUSED = [0x7ffffff0, 0x7fffffff] as const;
const CLOSE_RANGE_CLOEXEC = 4;
const SECCOMP_GET_ACTION_AVAIL = 2;
const SECCOMP_GET_NOTIF_SIZES = 3;
const MFD_CLOEXEC = 1;

/** What a call came to: "" for success, or the name of its error (errno(3)). */
export type Outcome = string;

/** System calls of Linux 5.3 and later that tsrun does without where it must, or that containers' features rest on. */
export interface CallFacts {
  readonly openat2: Outcome;
  readonly clone3: Outcome;
  readonly mountApi: Outcome;
  readonly mountSetattr: Outcome;
  readonly pidfdOpen: Outcome;
  readonly pidfdSendSignal: Outcome;
  readonly closeRange: Outcome;
  readonly memfdCreate: Outcome;
  /** Actions of seccomp filters that the kernel does not know. */
  readonly missingActions: readonly string[];
  /** Whether a filter can ask an agent. */
  readonly seccompNotify: Outcome;
}

/** Return values of filters beside KILL_THREAD, ERRNO, TRAP, TRACE and ALLOW, which all have (linux/seccomp.h). */
const actions: Readonly<Record<string, number>> = {
  SCMP_ACT_KILL_PROCESS: 0x80000000,
  SCMP_ACT_NOTIFY: 0x7fc00000,
  SCMP_ACT_LOG: 0x7ffc0000,
};

/** Each is made with arguments that change nothing, wherever it is refused. */
export function readCalls(): CallFacts {
  const self = openSelf();
  const { memory } = local;
  return {
    openat2: opened(openat2Call(local, AT_FDCWD, "/", { flags: O_PATH, resolve: RESOLVE_IN_ROOT })),
    // Without arguments: EINVAL comes from the kernel.
    clone3: expecting("EINVAL", { name: "clone3", args: [0, 0] }),
    mountApi: hasCall("open_tree") ? "" : "ENOSYS",
    mountSetattr: hasCall("mount_setattr") ? "" : "ENOSYS",
    pidfdOpen: self.outcome,
    pidfdSendSignal: self.signal,
    closeRange: outcomeOf({ name: "close_range", args: [...UNUSED, CLOSE_RANGE_CLOEXEC] }),
    memfdCreate: opened({ name: "memfd_create", args: [memory.string("tsrun"), MFD_CLOEXEC] }),
    missingActions: Object.keys(actions).filter((name) => !knowsAction(actions[name] ?? 0)),
    seccompNotify: outcomeOf({ name: "seccomp", args: [SECCOMP_GET_NOTIF_SIZES, 0, memory.alloc(8)] }),
  };
}

/** A result by its name. */
export function nameOfResult(result: number): Outcome {
  return result < 0 ? errnoName(-result) : "";
}

function outcomeOf(call: Call): Outcome {
  return nameOfResult(local.attempt(call));
}

/** For a call that fails in a known way where it is there. */
function expecting(error: string, call: Call): Outcome {
  const outcome = outcomeOf(call);
  return outcome === error ? "" : outcome;
}

function opened(call: Call, k: Executor = local): Outcome {
  const result = k.attempt(call);
  if (result >= 0) k.close(result);
  return nameOfResult(result);
}

function openSelf(): { readonly outcome: Outcome; readonly signal: Outcome } {
  const fd = local.attempt({ name: "pidfd_open", args: [process.pid, 0] });
  if (fd < 0) return { outcome: nameOfResult(fd), signal: nameOfResult(fd) };
  const signal = outcomeOf({ name: "pidfd_send_signal", args: [fd, 0, 0, 0] });
  local.close(fd);
  return { outcome: "", signal };
}

function knowsAction(action: number): boolean {
  const address = local.memory.alloc(4);
  local.memory.setU32(address, action);
  return local.attempt({ name: "seccomp", args: [SECCOMP_GET_ACTION_AVAIL, 0, address] }) === 0;
}
