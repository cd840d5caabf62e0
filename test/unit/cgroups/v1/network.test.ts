import { toFiles } from "../../../../src/cgroups/v1/network.ts";
import { testMapping } from "../../../helpers/cgroup-mapping.ts";

testMapping(toFiles, [
  ["writes the class", { network: { classID: 1048577 } }, ["net_cls.classid=1048577"]],
  ["takes class 0 for none", { network: { classID: 0 } }, []],
  [
    "writes a line for each interface",
    {
      network: {
        priorities: [
          { name: "lo", priority: 2 },
          { name: "eth0", priority: 1 },
        ],
      },
    },
    ["net_prio.ifpriomap=lo 2", "net_prio.ifpriomap=eth0 1"],
  ],
]);
