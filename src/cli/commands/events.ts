import { type ContainerEvent, statsNow, watchEvents } from "../../container/events.ts";
import { intervalOf } from "../duration.ts";
import { eventLine } from "../events-json.ts";
import type { Flags, Invocation } from "../flags.ts";
import { print, untilUnread } from "../output.ts";

export const command = "events <container-id>";
export const describe = "print a container's statistics and out-of-memory events, a JSON object a line";
export const builder = {
  interval: {
    type: "string",
    default: "5s",
    describe: "time between two statistics (500ms, 5s, 1m30s)",
  },
  stats: { type: "boolean", describe: "print the statistics once, now" },
} as const satisfies Flags;

const STDOUT = 1;

export function handler({ flags, positionals: [id = ""], runtime }: Invocation<typeof builder>): number {
  const interval = intervalOf(flags.interval, "events");
  const tell = (event: ContainerEvent): void => print(eventLine(id, event));
  untilUnread(() => {
    if (flags.stats) tell({ type: "stats", data: statsNow(runtime, id) });
    else watchEvents(runtime, id, { interval, output: STDOUT, tell });
  });
  return 0;
}
