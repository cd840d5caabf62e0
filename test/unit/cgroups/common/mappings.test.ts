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
    ["takes 0 for no process but the first", { pids: { limit: 0 } }, ["pids.max=1"]],
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
      "leaves the other as it is",
      { rdma: { m: { hcaObjects: 4 }, n: { hcaHandles: 5 } } },
      ["rdma.max=m hca_object=4", "rdma.max=n hca_handle=5"],
    ],
    ["takes a device without limits for not limited", { rdma: { m: {} } }, []],
  ]);
});
