import { exactJson } from "./exact-json.ts";
import { formatTable } from "./table.ts";
import type { Usage } from "./usage.ts";

const unitNames = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
const unknown = "--";

/** Bytes with three digits and a binary unit: `187KiB`, `1.5GiB`. */
export function humanBytes(bytes: bigint): string {
  let value = Number(bytes);
  let unit = 0;
  // 999.5 would be rounded to four digits.
  for (; value >= 999.5 && unit < unitNames.length - 1; unit++) value /= 1024;
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)}${unitNames[unit]}`;
}

/** A table of what containers use, a line each. What they wait for is left out where the kernel doesn't say. */
export function usageTable(usages: readonly Usage[]): string {
  const showsWaiting = usages.some(({ waiting }) => waiting !== undefined);
  const header = ["ID", "CPU %", "MEMORY / LIMIT", "MEMORY %", "PIDS / LIMIT", "READ / WRITTEN"];
  if (showsWaiting) header.push("WAITING % CPU / MEMORY / IO");
  return formatTable([header, ...usages.map((usage) => cells(usage, showsWaiting))]);
}

function cells(usage: Usage, showsWaiting: boolean): string[] {
  const { id, cpuPercent, memory, memoryLimit, pids, pidsLimit, read, written, waiting } = usage;
  const shares = waiting && [waiting.cpu, waiting.memory, waiting.io].map((share) => share.toFixed(1));
  return [
    id,
    cpuPercent?.toFixed(2) ?? unknown,
    `${humanBytes(memory)} / ${humanBytes(memoryLimit)}`,
    memoryPercent(usage)?.toFixed(2) ?? unknown,
    `${pids} / ${pidsLimit === 0n ? "max" : pidsLimit}`,
    `${humanBytes(read)} / ${humanBytes(written)}`,
    ...(showsWaiting ? [shares?.join(" / ") ?? unknown] : []),
  ];
}

function memoryPercent({ memory, memoryLimit }: Usage): number | undefined {
  return memoryLimit === 0n ? undefined : (Number(memory) / Number(memoryLimit)) * 100;
}

/** A JSON object a line for each container. @param time RFC 3339 */
export function usageJson(usages: readonly Usage[], time: string): string {
  return usages.map((usage) => `${exactJson(jsonObject(usage, time))}\n`).join("");
}

function jsonObject(usage: Usage, time: string): object {
  const { id, cpuPercent, memory, memoryLimit, pids, pidsLimit, read, written, waiting } = usage;
  return {
    time,
    id,
    cpu: { percent: rounded(cpuPercent) },
    memory: { usage: memory, limit: memoryLimit, percent: rounded(memoryPercent(usage)) },
    pids: { current: pids, limit: pidsLimit === 0n ? undefined : pidsLimit },
    io: { read, written },
    waiting,
  };
}

/** To hundredths; null where there is none. */
function rounded(percent: number | undefined): number | null {
  return percent === undefined ? null : Math.round(percent * 100) / 100;
}
