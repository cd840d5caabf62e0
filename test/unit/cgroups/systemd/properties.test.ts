import { resourceProperties } from "../../../../src/cgroups/systemd/properties.ts";
import { testProperties, v1Host, v2Host } from "../../../helpers/unit-properties.ts";

const resources = {
  memory: { limit: 67108864 },
  cpu: { shares: 512, cpus: "0" },
  pids: { limit: 5 },
  blockIO: { weight: 100 },
};

testProperties(resourceProperties, [
  [
    "knows every controller, and unified comes last",
    { ...resources, unified: { "memory.max": "1048576" } },
    v2Host,
    [
      "MemoryMax:t=67108864",
      "CPUWeight:t=59",
      "IOWeight:t=910",
      "TasksMax:t=5",
      "AllowedCPUs:ay=[1]",
      "MemoryMax:t=1048576",
    ],
  ],
  [
    "has v1's names on v1",
    resources,
    v1Host,
    [
      "MemoryLimit:t=67108864",
      "CPUShares:t=512",
      "BlockIOWeight:t=100",
      "TasksMax:t=5",
      "AllowedCPUs:ay=[1]",
    ],
  ],
]);
