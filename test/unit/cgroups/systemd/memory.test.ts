import { toProperties } from "../../../../src/cgroups/systemd/memory.ts";
import { INFINITY, testProperties, v1Host, v2Host } from "../../../helpers/unit-properties.ts";

testProperties(toProperties, [
  ["limits memory", { memory: { limit: 65536 } }, v2Host, ["MemoryMax:t=65536"]],
  ["protects the reservation", { memory: { reservation: 4096 } }, v2Host, ["MemoryLow:t=4096"]],
  [
    "limits swap alone",
    { memory: { limit: 100, swap: 150 } },
    v2Host,
    ["MemoryMax:t=100", "MemorySwapMax:t=50"],
  ],
  [
    "forbids swap where both limits are the same",
    { memory: { limit: 100, swap: 100 } },
    v2Host,
    ["MemoryMax:t=100", "MemorySwapMax:t=0"],
  ],
  [
    "takes limits off",
    { memory: { limit: -1, reservation: -1, swap: -1 } },
    v2Host,
    [`MemoryMax:t=${INFINITY}`, `MemoryLow:t=${INFINITY}`, `MemorySwapMax:t=${INFINITY}`],
  ],
  [
    "has memory's limit alone on v1",
    { memory: { limit: 100, swap: 150, reservation: 50 } },
    v1Host,
    ["MemoryLimit:t=100"],
  ],
  ["counts zeros as not set", { memory: { limit: 0, swap: 0, reservation: 0 } }, v2Host, []],
]);
