import type { BlockIoResources, DeviceWeight, Resources } from "../../oci/types.ts";
import type { CgroupWrite } from "../write.ts";

const throttles = [
  ["throttleReadBpsDevice", "blkio.throttle.read_bps_device"],
  ["throttleWriteBpsDevice", "blkio.throttle.write_bps_device"],
  ["throttleReadIOPSDevice", "blkio.throttle.read_iops_device"],
  ["throttleWriteIOPSDevice", "blkio.throttle.write_iops_device"],
] as const;

/** A file, and what it is called where bfq weighs instead of cfq. */
type WeightFile = readonly [file: string, bfq?: string];

/**
 * linux.resources.blockIO as files of the blkio controller. Weights were cfq's until Linux 5.0 and are bfq's since; leaf
 * weights went with cfq. A weight of 0 stands for "not set", as with runc, and a rate of 0 for none (kernel:
 * cgroup-v1/blkio-controller.rst).
 */
export function toFiles({ blockIO = {} }: Resources): CgroupWrite[] {
  return [
    ...weigh(["blkio.weight", "blkio.bfq.weight"], "weight", "", blockIO.weight),
    ...weigh(["blkio.leaf_weight"], "leafWeight", "", blockIO.leafWeight),
    ...(blockIO.weightDevice ?? []).flatMap(deviceWeights),
    ...throttles.flatMap(([property, file]) => rates(blockIO, property, file)),
  ];
}

function deviceWeights({ major, minor, weight, leafWeight }: DeviceWeight, index: number): CgroupWrite[] {
  const device = `${major}:${minor} `;
  const place = `weightDevice/${index}`;
  return [
    ...weigh(["blkio.weight_device", "blkio.bfq.weight_device"], `${place}/weight`, device, weight),
    ...weigh(["blkio.leaf_weight_device"], `${place}/leafWeight`, device, leafWeight),
  ];
}

function weigh([file, bfq]: WeightFile, place: string, device: string, weight = 0): CgroupWrite[] {
  if (weight === 0) return [];
  const plain = write(file, place, `${device}${weight}`);
  return [bfq === undefined ? plain : { ...plain, otherwise: { ...plain, file: bfq } }];
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

function write(file: string, place: string, value: string): CgroupWrite {
  return { controller: "blkio", file, value, pointer: `/linux/resources/blockIO/${place}` };
}
