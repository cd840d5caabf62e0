import { describe } from "node:test";
import { toFiles as cpusetFiles } from "../../../../src/cgroups/common/cpuset.ts";
import { toFiles as pidsFiles } from "../../../../src/cgroups/common/pids.ts";
import { toFiles as rdmaFiles } from "../../../../src/cgroups/common/rdma.ts";
import { testMapping } from "../../../helpers/cgroup-mapping.ts";

describe("cpuset", () => {
  testMapping(cpusetFiles, [
    ["writes cpus and mems", { cpu: { mems: "0", cpus: "0-1,3" } }, ["cpuset.cpus=0-1,3", "cpuset.mems=0"]],
    ["takes an empty list for not set", { cpu: { cpus: "", mems: "" } }, []],
  ]);
});

describe("pids", () => {
  testMapping(pidsFiles, [
    ["writes the limit", { pids: { limit: 100 } }, ["pids.max=100"]],
    ["takes 0 for no limit", { pids: { limit: 0 } }, ["pids.max=max"]],
    ["takes -1 for no limit", { pids: { limit: -1 } }, ["pids.max=max"]],
  ]);
});

describe("rdma", () => {
  testMapping(rdmaFiles, [
    [
      "writes both limits",
      { rdma: { mlx5_1: { hcaHandles: 3, hcaObjects: 0 } } },
      ["rdma.max=mlx5_1 hca_handle=3 hca_object=0"],
    ],
    [
      "leaves the other unlimited",
      { rdma: { m: { hcaObjects: 4 } } },
      ["rdma.max=m hca_handle=max hca_object=4"],
    ],
  ]);
});
