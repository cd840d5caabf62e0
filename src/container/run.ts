import { Foreground } from "../terminal/foreground.ts";
import { construct } from "./construct.ts";
import { removeLocked } from "./delete.ts";
import { tryListenForReady } from "./notify-socket.ts";
import type { CreateRequest, RuntimeOptions } from "./options.ts";
import { passedDescriptors } from "./passed-descriptors.ts";
import { prepareConfig } from "./prepare-config.ts";
import { thisRuntime } from "./runtime-process.ts";
import { savedConfig } from "./saved-config.ts";
import { shield } from "./shield.ts";
import { startLocked } from "./start.ts";
import { tearDown } from "./tear-down.ts";

/** What `run` is asked for. */
export interface RunRequest extends CreateRequest {
  /** Return once the program runs. */
  readonly detach: boolean;
  /** Leave the container's directory and cgroup after its end, or once its last step before the program has failed. */
  readonly keep: boolean;
  /** Leave orphans of the container to the caller. */
  readonly noSubreaper: boolean;
}

/**
 * Creates and starts a container; in the foreground it also waits for its end and deletes it.
 * @returns the exit status of the program (128 + signal when killed); 0 when detached
 */
export function run(options: RuntimeOptions, request: RunRequest): number {
  shield(passedDescriptors(request.preserveFds).count);
  // Before signals are trapped: a configuration that nobody writes to (a FIFO) must not keep who waits for it from SIGTERM.
  const prepared = prepareConfig(request.bundle, options.root);
  using foreground = request.detach ? undefined : new Foreground(!request.noSubreaper);
  const runtime = request.detach || request.keep ? undefined : thisRuntime();
  const wanted = { ...request, runtime, keepsFailed: request.keep };
  const constructed = construct(options, wanted, prepared, request.detach);
  using _lock = constructed.lock;
  const { directory, record, init, ptmx } = constructed;
  // While we stay, our end is that of the container.
  using ready = tryListenForReady(directory.path, foreground === undefined ? record.pid : process.pid);
  try {
    if (ptmx !== undefined) foreground?.attach(ptmx);
    startLocked(directory, record, savedConfig(directory));
  } catch (error) {
    if (request.keep) tearDown(record);
    else removeLocked(directory, record);
    throw error;
  }
  _lock[Symbol.dispose]();
  if (foreground === undefined) {
    ready?.wait(init.hand.pidfd);
    return 0;
  }
  const status = foreground.relay({ pid: record.pid, pidfd: init.hand.pidfd }, ready);
  ready?.finish();
  if (!request.keep) removeLocked(directory, record);
  return status;
}
