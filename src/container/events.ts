import { TsrunError } from "../base/errors.ts";
import { managerFrom } from "../cgroups/select.ts";
import { local } from "../sys/local.ts";
import { POLLIN, poll } from "../sys/poll.ts";
import { ContainerDirectory } from "./directory.ts";
import type { RuntimeOptions } from "./options.ts";
import { pidfdOf } from "./pidfd.ts";
import type { ContainerRecord } from "./record.ts";
import { type ContainerStats, statsOf } from "./statistics.ts";
import { isAlive } from "./status.ts";

/** What `events` tells of a container: its statistics, or that it was out of memory. */
export type ContainerEvent =
  | { readonly type: "stats"; readonly data: ContainerStats }
  | { readonly type: "oom" };

/** How events are told. */
export interface EventOptions {
  /** Milliseconds between statistics, above 0. */
  readonly interval: number;
  /** The descriptor that `tell` writes to: when nobody reads from it any more, the end has come. */
  readonly output: number;
  tell(event: ContainerEvent): void;
}

/**
 * The container's statistics now.
 * @throws TsrunError `container does not exist`, `container with id ID is not running`
 */
export function statsNow(options: RuntimeOptions, id: string): ContainerStats {
  const directory = ContainerDirectory.of(options, id);
  const record = directory.read();
  if (!isAlive(record)) throw notRunning(record);
  return statsOf(directory, record);
}

/**
 * Tells statistics every `interval`, the first after one, and each time that the container is out of memory, until its
 * init ends.
 * @throws TsrunError as `statsNow`, and `memory controller missing`
 */
export function watchEvents(options: RuntimeOptions, id: string, events: EventOptions): void {
  const directory = ContainerDirectory.of(options, id);
  const record = directory.read();
  using init = pidfdOf(record);
  if (init === undefined) throw notRunning(record);
  using oom = managerFrom(record.cgroup).watchOom();
  // Of a pipe without a reader the kernel says so unasked (poll(2), POLLERR).
  const others = [
    { fd: init.number, events: POLLIN },
    { fd: events.output, events: 0 },
  ];
  for (let next = performance.now() + events.interval; ; ) {
    const wait = Math.max(0, Math.ceil(next - performance.now()));
    const [oomed = 0, ended = 0, unread = 0] = poll(local, [oom.interest, ...others], wait);
    if (unread !== 0) return;
    // An init that was killed for want of memory ends at the same time.
    if (oomed + ended !== 0 && oom.happened()) events.tell({ type: "oom" });
    if (ended !== 0) return;
    if (performance.now() < next) continue;
    events.tell({ type: "stats", data: statsOf(directory, record) });
    next = performance.now() + events.interval;
  }
}

/** In runc's words. */
function notRunning({ id }: ContainerRecord): TsrunError {
  return new TsrunError(`container with id ${id} is not running`);
}
