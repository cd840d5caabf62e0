import { TsrunError } from "../base/errors.ts";
import { sendDescriptor } from "../sys/socket.ts";
import type { Hand } from "../sys/stub/hand.ts";
import { SyscallError } from "../sys/syscall-error.ts";

const EBUSY = 16;
const NESTED =
  "tsrun is under a filter with a listener itself, and the kernel takes one only (seccomp_unotify(2))";

/** Where a filter's listener is, and where it goes. */
export interface ListenerTransfer {
  /** Init, at the gate, under the filter: it could not send anything without asking the agent. */
  readonly init: Hand;
  /** Shares init's descriptors, and is under no filter. */
  readonly companion: Hand;
  /** What `releaseLast` returned. */
  readonly result: number;
  /** Init's end of the channel to the runtime. */
  readonly channel: number;
}

/**
 * Sends the listener of init's filter to the runtime and closes it in init: once the agent has gone, the container's calls
 * are to fail (ENOSYS) rather than wait for ever (seccomp_unotify(2)). The companion's work is done then.
 * @throws TsrunError when the filter was not installed
 */
export function sendListener({ init, companion, result, channel }: ListenerTransfer): void {
  try {
    const listener = init.awaitResult(result);
    if (listener === undefined || listener < 0) throw notInstalled(listener);
    companion.within("handing over the seccomp listener", "/linux/seccomp", () => {
      sendDescriptor(companion, channel, listener, "seccomp listener");
      for (const fd of [listener, channel]) companion.call({ name: "close", args: [fd] });
    });
  } finally {
    companion.destroy();
  }
}

function notInstalled(result: number | undefined): TsrunError {
  const pointer = "/linux/seccomp";
  if (result === undefined)
    return new TsrunError("container init ended before its seccomp filter", { pointer });
  const cause = new SyscallError("seccomp", -result, "SECCOMP_SET_MODE_FILTER");
  const hint = result === -EBUSY ? { hint: NESTED } : {};
  return new TsrunError("installing the seccomp filter", { cause, pointer, ...hint });
}
