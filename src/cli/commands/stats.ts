import { TsrunError } from "../../base/errors.ts";
import { checkRunning, type Sample, takeSamples } from "../../container/samples.ts";
import { readText } from "../../sys/host-files.ts";
import { intervalOf } from "../duration.ts";
import type { Flags, Invocation } from "../flags.ts";
import { isTerminal, LiveScreen, type Wake, waitUnlessUnread } from "../live-screen.ts";
import { print, untilUnread } from "../output.ts";
import { type Usage, usageOf } from "../usage.ts";
import { usageJson, usageTable } from "../usage-text.ts";

export const command = "stats [container-id..]";
export const describe = "show what running containers use, again and again on a terminal, else once";
export const builder = {
  format: {
    type: "string",
    alias: "f",
    default: "table",
    choices: ["table", "json"],
    describe: "form of the output; json: one object a line for each container",
  },
  interval: {
    type: "string",
    describe: "time between two looks (500ms, 5s; 1s unless given); not on a terminal: go on printing",
  },
  "no-stream": { type: "boolean", describe: "print once: what was used during one interval" },
} as const satisfies Flags;

const DEFAULT_INTERVAL = "1s";

type Stats = Invocation<typeof builder>;

export function handler({ flags, positionals: ids, runtime }: Stats): number {
  const { format, "no-stream": once, interval: given } = flags;
  if (format !== "table" && format !== "json") throw new TsrunError("invalid format option");
  const interval = intervalOf(given ?? DEFAULT_INTERVAL, "stats");
  checkRunning(runtime, ids);
  const look = new Looks((): Sample[] => takeSamples(runtime, ids));
  const isLive = !once && isTerminal();
  let status = 0;
  untilUnread(() => {
    if (isLive && format === "table") status = showLive(look, interval, ids.length > 0);
    else
      printLooks(look, {
        interval,
        format,
        once: once || (!isLive && given === undefined),
        named: ids.length > 0,
      });
  });
  return status;
}

/** Looks at the containers one after another: each is held against the one before. */
class Looks {
  readonly #take: () => Sample[];
  readonly #memory = machineMemory();
  #before = new Map<string, Sample>();

  constructor(take: () => Sample[]) {
    this.#take = take;
  }

  next(): Usage[] {
    const samples = this.#take();
    const usages = samples.map((sample) => usageOf(sample, this.#before.get(sample.id), this.#memory));
    this.#before = new Map(samples.map((sample) => [sample.id, sample]));
    return usages;
  }
}

/** In bytes. */
function machineMemory(): bigint {
  const kilobytes = /^MemTotal:\s+(\d+) kB$/m.exec(readText("/proc/meminfo"))?.[1] ?? "0";
  return BigInt(kilobytes) * 1024n;
}

interface Printing {
  readonly interval: number;
  readonly format: "table" | "json";
  readonly once: boolean;
  /** Whether containers were named: without any of them left it is over. */
  readonly named: boolean;
}

/** The first look is shown only by what comes after it: CPU time is a difference. */
function printLooks(looks: Looks, { interval, format, once, named }: Printing): void {
  looks.next();
  while (waitUnlessUnread(interval) === "time") {
    const usages = looks.next();
    if (named && usages.length === 0 && !once) return;
    print(format === "json" ? usageJson(usages, new Date().toISOString()) : usageTable(usages));
    if (once) return;
  }
}

/** @returns the exit status: Ctrl-C is how one leaves it */
function showLive(looks: Looks, interval: number, named: boolean): number {
  using screen = new LiveScreen();
  let wake: Wake;
  do {
    const usages = looks.next();
    if (named && usages.length === 0) return 0;
    screen.draw(usageTable(usages));
    wake = screen.wait(interval);
  } while (wake === "time");
  return wake === "interrupted" ? 0 : 1;
}
