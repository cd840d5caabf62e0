import { lazy } from "../../base/lazy.ts";
import { update } from "../../container/update.ts";
import type { UpdateRequest } from "../../container/update-request.ts";
import type { Resources } from "../../oci/types.ts";
import { readStandardInput, readText } from "../../sys/host-files.ts";
import type { Flags, FlagValues, Invocation } from "../flags.ts";
import { parseBytes, parseDecimal, parseGoInteger, parseWeight } from "../update-arguments.ts";

export const command = "update <container-id>";
export const describe = "change the limits of a container";
export const builder = {
  resources: {
    type: "string",
    alias: "r",
    describe:
      "JSON file with what to change, in the form of linux.resources of config.json, or - for standard input; the flags of " +
      "limits are ignored then",
  },
  "blkio-weight": { type: "string", describe: "weight of block device I/O, 10 to 1000" },
  "cpu-period": { type: "string", describe: "microseconds of a period of CPU time" },
  "cpu-quota": { type: "string", describe: "microseconds of CPU time in each period, -1 for no limit" },
  "cpu-burst": { type: "string", describe: "microseconds of unused quota that may be saved up" },
  "cpu-share": { type: "string", describe: "weight of CPU time against other containers, 2 to 262144" },
  "cpu-rt-period": { type: "string", describe: "microseconds of a period of real-time tasks" },
  "cpu-rt-runtime": { type: "string", describe: "microseconds for real-time tasks in each of their periods" },
  "cpuset-cpus": { type: "string", describe: "CPUs to run on, as 0-2,7" },
  "cpuset-mems": { type: "string", describe: "memory nodes to use, as 0-2,7" },
  "kernel-memory": { type: "string", hidden: true, describe: "without effect" },
  "kernel-memory-tcp": { type: "string", hidden: true, describe: "without effect" },
  memory: { type: "string", describe: "most memory: bytes or 64M, -1 for no limit" },
  "cpu-idle": { type: "string", describe: "1 to run only where nothing else wants to, 0 as usual" },
  "memory-reservation": { type: "string", describe: "memory to keep under pressure: bytes or 64M" },
  "memory-swap": { type: "string", describe: "most memory and swap together, -1 for no limit" },
  "pids-limit": { type: "string", describe: "most processes and threads, -1 for no limit" },
  "l3-cache-schema": { type: "string", describe: "line for Intel RDT's L3 cache, as L3:0=f" },
  "mem-bw-schema": { type: "string", describe: "line for Intel RDT's memory bandwidth, as MB:0=50" },
} as const satisfies Flags;

/** The validator is of no use to flags. */
const load = lazy(
  () => require("../../oci/load-resources.ts") as typeof import("../../oci/load-resources.ts"),
);

type UpdateFlags = FlagValues<typeof builder>;

export function handler({ flags, positionals: [id = ""], runtime }: Invocation<typeof builder>): number {
  update(runtime, id, () => requestFrom(flags));
  return 0;
}

function requestFrom(flags: UpdateFlags): UpdateRequest {
  const schemata = { l3CacheSchema: flags["l3-cache-schema"], memBwSchema: flags["mem-bw-schema"] };
  const file = flags.resources ?? "";
  if (file === "") return { resources: resourcesFrom(flags), ...schemata };
  const isInput = file === "-";
  const document = isInput ? "resources on standard input" : `resources ${file}`;
  const text = isInput ? readStandardInput() : readText(file);
  return { resources: load().parseResources(text, document), document, ...schemata };
}

/** What is not given is undefined, and so left out of what JSON.stringify makes of it. */
function resourcesFrom(flags: UpdateFlags): Resources {
  const unsigned = (name: keyof UpdateFlags) => parseDecimal(name, flags[name], "uint64");
  const signed = (name: keyof UpdateFlags) => parseDecimal(name, flags[name], "int64");
  const bytes = (name: keyof UpdateFlags) => parseBytes(name, flags[name]);
  const pids = parseGoInteger("pids-limit", flags["pids-limit"]);
  const resources = {
    blockIO: { weight: parseWeight("blkio-weight", flags["blkio-weight"]) },
    cpu: {
      cpus: flags["cpuset-cpus"],
      mems: flags["cpuset-mems"],
      idle: signed("cpu-idle"),
      burst: unsigned("cpu-burst"),
      period: unsigned("cpu-period"),
      realtimePeriod: unsigned("cpu-rt-period"),
      shares: unsigned("cpu-share"),
      quota: signed("cpu-quota"),
      realtimeRuntime: signed("cpu-rt-runtime"),
    },
    memory: {
      limit: bytes("memory"),
      swap: bytes("memory-swap"),
      reservation: bytes("memory-reservation"),
      kernel: bytes("kernel-memory"),
      kernelTCP: bytes("kernel-memory-tcp"),
    },
    pids: { limit: pids },
  };
  return given(resources);
}

type Sections = Readonly<Record<string, Readonly<Record<string, number | bigint | string | undefined>>>>;

/** The values that are there, in the sections that then have any. */
function given(sections: Sections): Resources {
  const kept = Object.entries(sections).map(([name, section]) => {
    const values = Object.entries(section).filter(([, value]) => value !== undefined);
    return [name, values] as const;
  });
  return Object.fromEntries(
    kept
      .filter(([, values]) => values.length > 0)
      .map(([name, values]) => [name, Object.fromEntries(values)]),
  );
}
