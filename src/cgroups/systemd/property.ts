import type { BusValue } from "../../sys/bus-value.ts";

export type PropertyValue = BusValue;

/** A property of a systemd unit, as org.freedesktop.systemd1(5) names and types it for transient units. */
export interface UnitProperty {
  readonly name: string;
  readonly value: PropertyValue;
}
