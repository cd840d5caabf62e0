import type { Resources } from "../../oci/types.ts";
import { swapAlone } from "../v2/memory.ts";
import type { SystemdHost } from "./host.ts";
import { number64, type UnitProperty } from "./property.ts";

/** linux.resources.memory as properties of a unit. What systemd has none for is written as files. */
export function toProperties({ memory = {} }: Resources, { cgroups }: SystemdHost): UnitProperty[] {
  if (cgroups === 1) return property("MemoryLimit", memory.limit);
  return [
    ...property("MemoryMax", memory.limit),
    ...property("MemoryLow", memory.reservation),
    ...swapProperty(swapAlone(memory)),
  ];
}

/** 0 stands for "not set" in what engines send. */
function property(name: string, value: number | bigint = 0): UnitProperty[] {
  return value === 0 ? [] : [number64(name, value)];
}

/** Swap alone may well be 0: memory and swap together are then limited to memory. */
function swapProperty(swap: number | bigint | undefined): UnitProperty[] {
  return swap === undefined ? [] : [number64("MemorySwapMax", swap)];
}
