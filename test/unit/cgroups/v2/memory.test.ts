import assert from "node:assert/strict";
import { test } from "node:test";
import { checkUsage, swapAlone, toFiles } from "../../../../src/cgroups/v2/memory.ts";
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

/** Swap as v1 and config.json count it, with memory in it, against memory.swap.max: the cases of runc's conversion. */
const swaps: readonly (readonly [memory: number, swap: number, alone: number | bigint | undefined])[] = [
  [0, 0, undefined],
  [100, 0, undefined],
  [-1, 0, -1],
  [0, -1, -1],
  [100, -1, -1],
  [-1, -1, -1],
  [-1, 100, 100],
  [100, 100, 0n],
  [100, 150, 50n],
];
for (const [limit, swap, alone] of swaps) {
  test(`swapAlone() makes ${alone} of swap ${swap} beside a limit of ${limit}`, () => {
    assert.equal(swapAlone({ limit, swap }), alone);
  });
}

test("swapAlone() refuses what can't be subtracted, in runc's words", () => {
  const pointer = "/linux/resources/memory/swap";
  assert.throws(() => swapAlone({ swap: 100 }), {
    message: "unable to set swap limit without memory limit",
    pointer,
  });
  assert.throws(() => swapAlone({ limit: 100, swap: 99 }), {
    message: "memory+swap limit should be >= memory limit",
    pointer,
  });
});

test("toFiles() needs memory.swap.max only where swap is limited", () => {
  const needed = (limit: number, swap: number) => toFiles({ memory: { limit, swap } })[0]?.ifPresent !== true;
  assert.deepEqual(
    [needed(100, 150), needed(100, 100), needed(100, -1), needed(-1, 0)],
    [true, false, false, false],
  );
});

test("checkUsage() refuses limits at or below what is in use, in runc's words", () => {
  assert.throws(() => checkUsage({ limit: 4096 }, 4096n), {
    message: "rejecting memory limit 4096 <= usage 4096",
    pointer: "/linux/resources/memory/limit",
  });
  assert.throws(() => checkUsage({ limit: 4096, swap: 8192 }, 10000n), {
    message: "rejecting memory+swap limit 8192 <= usage 10000",
    pointer: "/linux/resources/memory/swap",
  });
  for (const memory of [{}, { limit: -1, swap: -1 }, { limit: 4097 }, { reservation: 1 }])
    checkUsage(memory, 4096n);
});
