import { toProperties } from "../../../../src/cgroups/systemd/io.ts";
import { testProperties, v1Host, v2Host } from "../../../helpers/unit-properties.ts";

const device = { major: 8, minor: 16 };

testProperties(toProperties, [
  ["converts the greatest weight", { blockIO: { weight: 1000 } }, v2Host, ["IOWeight:t=10000"]],
  ["converts the least weight", { blockIO: { weight: 10 } }, v2Host, ["IOWeight:t=1"]],
  ["leaves the weight as it is on v1", { blockIO: { weight: 500 } }, v1Host, ["BlockIOWeight:t=500"]],
  [
    "names devices by their numbers",
    {
      blockIO: {
        weightDevice: [
          { ...device, weight: 1000 },
          { major: 7, minor: 0 },
        ],
      },
    },
    v2Host,
    ['IODeviceWeight:a(st)=[["/dev/block/8:16",10000]]'],
  ],
  [
    "limits rates",
    {
      blockIO: {
        throttleReadBpsDevice: [{ ...device, rate: 1000 }],
        throttleWriteBpsDevice: [{ ...device, rate: 2000 }],
        throttleReadIOPSDevice: [
          { ...device, rate: 3000 },
          { major: 8, minor: 0, rate: 5 },
        ],
        throttleWriteIOPSDevice: [{ ...device, rate: 4000 }],
      },
    },
    v2Host,
    [
      'IOReadBandwidthMax:a(st)=[["/dev/block/8:16",1000]]',
      'IOWriteBandwidthMax:a(st)=[["/dev/block/8:16",2000]]',
      'IOReadIOPSMax:a(st)=[["/dev/block/8:16",3000],["/dev/block/8:0",5]]',
      'IOWriteIOPSMax:a(st)=[["/dev/block/8:16",4000]]',
    ],
  ],
  [
    "takes a rate's limit off",
    { blockIO: { throttleReadBpsDevice: [{ ...device, rate: 0 }] } },
    v2Host,
    ['IOReadBandwidthMax:a(st)=[["/dev/block/8:16",18446744073709552000]]'],
  ],
  [
    "leaves devices to the files on v1",
    { blockIO: { throttleReadBpsDevice: [{ ...device, rate: 5 }] } },
    v1Host,
    [],
  ],
  ["leaves a weight that is none to the file", { blockIO: { weight: 5 } }, v2Host, []],
  ["counts a weight of 0 as not set", { blockIO: { weight: 0 } }, v2Host, []],
]);
