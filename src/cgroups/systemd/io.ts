import type { BlockIoResources, Resources } from "../../oci/types.ts";
import { ioWeight } from "../v2/io.ts";
import { INFINITY, type SystemdHost } from "./host.ts";
import { number64, type UnitProperty } from "./property.ts";

const limits = [
  ["throttleReadBpsDevice", "IOReadBandwidthMax"],
  ["throttleWriteBpsDevice", "IOWriteBandwidthMax"],
  ["throttleReadIOPSDevice", "IOReadIOPSMax"],
  ["throttleWriteIOPSDevice", "IOWriteIOPSMax"],
] as const;

/**
 * linux.resources.blockIO as properties of a unit. runc leaves all of this to the files on cgroup v2, but systemd writes its
 * own weight over theirs whenever it writes another value of the controller, and would show no limits.
 */
export function toProperties({ blockIO = {} }: Resources, { cgroups }: SystemdHost): UnitProperty[] {
  const { weight = 0, weightDevice = [] } = blockIO;
  if (cgroups === 1) return weight === 0 ? [] : [number64("BlockIOWeight", weight)];
  return [
    ...(isWeight(weight) ? [number64("IOWeight", ioWeight(weight))] : []),
    ...pairs(
      "IODeviceWeight",
      weightDevice.flatMap((device) =>
        isWeight(device.weight) ? [[node(device), ioWeight(device.weight)]] : [],
      ),
    ),
    ...limits.flatMap(([property, name]) => pairs(name, rates(blockIO[property]))),
  ];
}

/** What v1 takes as a weight; the kernel's own words for another come with the file. */
function isWeight(weight = 0): weight is number {
  return weight >= 10 && weight <= 1000;
}

function rates(devices: BlockIoResources["throttleReadBpsDevice"] = []): (readonly [string, bigint])[] {
  return devices.map((device) => [node(device), BigInt(device.rate || INFINITY)]);
}

function pairs(name: string, value: readonly (readonly [string, bigint | number])[]): UnitProperty[] {
  if (value.length === 0) return [];
  return [{ name, value: { type: "a(st)", value: value.map(([path, limit]) => [path, BigInt(limit)]) } }];
}

/** udev makes this link for every block device (systemd-udevd(8)). */
function node({
  major,
  minor,
}: {
  readonly major: number | bigint;
  readonly minor: number | bigint;
}): string {
  return `/dev/block/${major}:${minor}`;
}
