import type { BusValue } from "../../sys/sd-bus/value.ts";

export type PropertyValue = BusValue;

/** A property of a systemd unit, as org.freedesktop.systemd1(5) names and types it for transient units. */
export interface UnitProperty {
  readonly name: string;
  readonly value: PropertyValue;
}

/** A property of the type `t`. Negative numbers stand for "no limit", as they do in config.json. */
export function number64(name: string, value: number | bigint): UnitProperty {
  return { name, value: { type: "t", value: BigInt.asUintN(64, value < 0 ? -1n : BigInt(value)) } };
}

export function text(name: string, value: string): UnitProperty {
  return { name, value: { type: "s", value } };
}
