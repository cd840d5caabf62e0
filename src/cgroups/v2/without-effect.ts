import type { Resources } from "../../oci/types.ts";

/** What of linux.resources asks for something that cgroup v2 has nothing for, by its name there. */
export function withoutEffect({ memory = {}, cpu = {}, blockIO = {} }: Resources): string[] {
  const asked: Readonly<Record<string, boolean>> = {
    "memory.kernel": Boolean(memory.kernel),
    "memory.kernelTCP": Boolean(memory.kernelTCP),
    // 0 asks for as little swapping as can be.
    "memory.swappiness": memory.swappiness !== undefined,
    "memory.disableOOMKiller": memory.disableOOMKiller === true,
    "cpu.realtimeRuntime": Boolean(cpu.realtimeRuntime),
    "cpu.realtimePeriod": Boolean(cpu.realtimePeriod),
    "blockIO.leafWeight": Boolean(blockIO.leafWeight),
    "blockIO.weightDevice[].leafWeight": (blockIO.weightDevice ?? []).some((device) => device.leafWeight),
  };
  return Object.keys(asked).filter((name) => asked[name]);
}
