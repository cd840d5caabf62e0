import type { BlockIoResources, Resources } from "../../oci/types.ts";
import type { CgroupWrite } from "../write.ts";

const throttles = [
  ["throttleReadBpsDevice", "rbps"],
  ["throttleWriteBpsDevice", "wbps"],
  ["throttleReadIOPSDevice", "riops"],
  ["throttleWriteIOPSDevice", "wiops"],
] as const;

/** linux.resources.blockIO as files of the v2 io controller. Weights are bfq's where it is in use, else the cost model's. */
export function toFiles({ blockIO = {} }: Resources): CgroupWrite[] {
  const { weight = 0, weightDevice = [] } = blockIO;
  return [
    ...(weight === 0 ? [] : [weigh("weight", "", weight)]),
    ...weightDevice.flatMap(({ major, minor, weight: own }, index) => {
      return own === undefined ? [] : [weigh(`weightDevice/${index}/weight`, `${major}:${minor} `, own)];
    }),
    ...throttles.flatMap(([property, key]) => rates(blockIO, property, key)),
  ];
}

/** bfq takes v1's 10 … 1000 as they are. */
function weigh(place: string, device: string, weight: number): CgroupWrite {
  const otherwise = write(place, "io.weight", `${device}${ioWeight(weight)}`);
  return { ...write(place, "io.bfq.weight", `${device}${weight}`), otherwise };
}

/** io.weight's 1 … 10000 lie on the straight line through both ends of v1's weights, as with runc. */
export function ioWeight(weight: number): number {
  return 1 + Math.floor(((weight - 10) * 9999) / 990);
}

function rates(
  blockIO: BlockIoResources,
  property: (typeof throttles)[number][0],
  key: string,
): CgroupWrite[] {
  return (blockIO[property] ?? []).map(({ major, minor, rate = 0 }, index) => {
    return write(`${property}/${index}`, "io.max", `${major}:${minor} ${key}=${rate === 0 ? "max" : rate}`);
  });
}

function write(place: string, file: string, value: string): CgroupWrite {
  return { controller: "io", file, value, pointer: `/linux/resources/blockIO/${place}` };
}
