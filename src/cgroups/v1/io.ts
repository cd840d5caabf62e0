import type { BlockIoResources, DeviceWeight, Resources } from "../../oci/types.ts";
import type { CgroupWrite } from "../write.ts";

const throttles = [
  ["throttleReadBpsDevice", "blkio.throttle.read_bps_device"],
  ["throttleWriteBpsDevice", "blkio.throttle.write_bps_device"],
  ["throttleReadIOPSDevice", "blkio.throttle.read_iops_device"],
  ["throttleWriteIOPSDevice", "blkio.throttle.write_iops_device"],
] as const;

/** linux.resources.blockIO as files of the blkio controller. Weights were cfq's until Linux 5.0 and are bfq's since. */
export function toFiles({ blockIO = {} }: Resources): CgroupWrite[] {
  return [
    ...weight("blkio.weight", "weight", blockIO.weight, "blkio.bfq.weight"),
    ...weight("blkio.leaf_weight", "leafWeight", blockIO.leafWeight),
    ...(blockIO.weightDevice ?? []).flatMap(deviceWeights),
    ...throttles.flatMap(([property, file]) => rates(blockIO, property, file)),
  ];
}

function weight(
  file: string,
  property: string,
  value: number | undefined,
  otherwise?: string,
): CgroupWrite[] {
  return value === undefined || value === 0 ? [] : [write(file, property, String(value), otherwise)];
}

function deviceWeights(device: DeviceWeight, index: number): CgroupWrite[] {
  const place = `weightDevice/${index}`;
  const line = (value: number | undefined) => `${device.major}:${device.minor} ${value}`;
  return [
    ...(device.weight === undefined
      ? []
      : [write("blkio.weight_device", `${place}/weight`, line(device.weight), "blkio.bfq.weight_device")]),
    ...(device.leafWeight === undefined
      ? []
      : [write("blkio.leaf_weight_device", `${place}/leafWeight`, line(device.leafWeight))]),
  ];
}

function rates(
  blockIO: BlockIoResources,
  property: (typeof throttles)[number][0],
  file: string,
): CgroupWrite[] {
  return (blockIO[property] ?? []).map(({ major, minor, rate = 0 }, index) => {
    return write(file, `${property}/${index}`, `${major}:${minor} ${rate}`);
  });
}

function write(file: string, place: string, value: string, otherwise?: string): CgroupWrite {
  const plain = { controller: "blkio", file, value, pointer: `/linux/resources/blockIO/${place}` };
  return otherwise === undefined ? plain : { ...plain, otherwise: { ...plain, file: otherwise } };
}
