import assert from "node:assert/strict";
import { test } from "node:test";
import { toFiles } from "../../../../src/cgroups/v2/memory.ts";
import { testMapping } from "../../../helpers/cgroup-mapping.ts";

testMapping(toFiles, [
  ["limits swap alone", { memory: { limit: 100, swap: 150 } }, ["memory.swap.max=50", "memory.max=100"]],
  [
    "forbids swap where both limits are the same",
    { memory: { limit: 100, swap: 100 } },
    ["memory.swap.max=0", "memory.max=100"],
  ],
  ["leaves swap alone where it isn't limited", { memory: { limit: 100 } }, ["memory.max=100"]],
  ["takes both limits off", { memory: { limit: -1 } }, ["memory.swap.max=max", "memory.max=max"]],
  [
    "takes the limit of swap off",
    { memory: { limit: 100, swap: -1 } },
    ["memory.swap.max=max", "memory.max=100"],
  ],
  ["protects the reservation", { memory: { reservation: 50 } }, ["memory.low=50"]],
]);

test("toFiles() refuses a limit of memory and swap without one of memory", () => {
  assert.throws(() => toFiles({ memory: { swap: 100 } }), { pointer: "/linux/resources/memory/swap" });
});
