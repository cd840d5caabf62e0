import assert from "node:assert/strict";
import { test } from "node:test";
import { stringifyExactly } from "../../../../src/oci/exact-integers.ts";
import { faults, warnings } from "../../../helpers/documents.ts";

type Values = Readonly<Record<string, unknown>>;

const at = (property: string, lines: readonly string[]): string[] =>
  lines.map((line) => `/process/${property}/${line}`);

const taken: readonly Values[] = [
  { policy: "SCHED_OTHER" },
  { policy: "SCHED_OTHER", nice: -20 },
  { policy: "SCHED_BATCH", nice: 19, flags: ["SCHED_FLAG_RESET_ON_FORK"] },
  { policy: "SCHED_IDLE" },
  { policy: "SCHED_FIFO", priority: 1 },
  { policy: "SCHED_RR", priority: 99 },
  { policy: "SCHED_RR", flags: ["SCHED_FLAG_KEEP_PARAMS"] },
  { policy: "SCHED_DEADLINE", runtime: 1024, deadline: 1024 },
  { policy: "SCHED_DEADLINE", runtime: 1024, deadline: 2000, period: 2000, flags: ["SCHED_FLAG_RECLAIM"] },
  { policy: "SCHED_DEADLINE", flags: ["SCHED_FLAG_KEEP_POLICY"] },
];

for (const scheduler of taken) {
  test(`checkScheduler() takes ${JSON.stringify(scheduler)}`, () => {
    assert.deepEqual(faults({ process: { scheduler } }), []);
    assert.deepEqual(warnings({ process: { scheduler } }), []);
  });
}

const refused: readonly (readonly [Values, ...string[]])[] = [
  [{ policy: "SCHED_ISO" }, "policy: Linux has no such policy"],
  [{ policy: "SCHED_OTHER", nice: -21 }, "nice: must be from -20 to 19, found -21"],
  [{ policy: "SCHED_BATCH", nice: 20 }, "nice: must be from -20 to 19, found 20"],
  [{ policy: "SCHED_OTHER", priority: 1 }, "priority: is for SCHED_FIFO and SCHED_RR, not for SCHED_OTHER"],
  [{ policy: "SCHED_FIFO" }, "priority: must be from 1 to 99 under SCHED_FIFO, found 0"],
  [{ policy: "SCHED_RR", priority: 100 }, "priority: must be from 1 to 99 under SCHED_RR, found 100"],
  [
    { policy: "SCHED_RR", priority: -1, flags: ["SCHED_FLAG_KEEP_POLICY"] },
    "priority: must be from 1 to 99 under SCHED_RR, found -1",
  ],
  [
    { policy: "SCHED_IDLE", runtime: 1, period: 2 },
    "runtime: is for SCHED_DEADLINE, not for SCHED_IDLE",
    "period: is for SCHED_DEADLINE, not for SCHED_IDLE",
  ],
  [{ policy: "SCHED_DEADLINE" }, "runtime: must be at least 1024 ns, found 0"],
  [{ policy: "SCHED_DEADLINE", runtime: 2000 }, "deadline: must not be below runtime (2000), found 0"],
  [
    { policy: "SCHED_DEADLINE", runtime: 2000, deadline: 3000, period: 2999 },
    "period: must be 0 or not below deadline (3000), found 2999",
  ],
  [{ policy: "SCHED_DEADLINE", runtime: 2000, deadline: 2 ** 63 }, "deadline: must be below 2^63"],
  [
    { policy: "SCHED_DEADLINE", runtime: 2000, deadline: 2n ** 63n - 1n, period: 2n ** 63n - 2n },
    "period: must be 0 or not below deadline (9223372036854775807), found 9223372036854775806",
  ],
];

for (const [scheduler, ...lines] of refused) {
  test(`checkScheduler() refuses ${stringifyExactly(scheduler)}`, () => {
    assert.deepEqual(faults({ process: { scheduler } }), at("scheduler", lines));
  });
}

test("checkScheduler() warns of values that the kernel passes over", () => {
  assert.deepEqual(warnings({ process: { scheduler: { policy: "SCHED_IDLE", nice: 1 } } }), [
    "/process/scheduler/nice: has no effect under SCHED_IDLE",
  ]);
  const scheduler = { policy: "SCHED_OTHER", flags: ["SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM"] };
  assert.deepEqual(warnings({ process: { scheduler } }), [
    "/process/scheduler/flags/1: SCHED_FLAG_RECLAIM has no effect under SCHED_OTHER",
  ]);
});

test("checkScheduler() warns of clamps, which the specification gives no value", () => {
  const scheduler = { policy: "SCHED_OTHER", flags: ["SCHED_FLAG_UTIL_CLAMP_MAX"] };
  assert.deepEqual(faults({ process: { scheduler } }), []);
  assert.deepEqual(warnings({ process: { scheduler } }), [
    "/process/scheduler/flags/0: SCHED_FLAG_UTIL_CLAMP_MAX clamps to 0: config.json has no value for it",
  ]);
});

test("checkIoPriority() holds the priority to eight levels", () => {
  for (const priority of [undefined, 0, 7]) {
    assert.deepEqual(faults({ process: { ioPriority: { class: "IOPRIO_CLASS_BE", priority } } }), []);
  }
  for (const priority of [-1, 8]) {
    const ioPriority = { class: "IOPRIO_CLASS_IDLE", priority };
    assert.deepEqual(
      faults({ process: { ioPriority } }),
      at("ioPriority", [`priority: must be from 0 to 7, found ${priority}`]),
    );
  }
});

test("checkAffinity() takes lists of CPUs, also beyond 1024, and empty ones", () => {
  for (const execCPUAffinity of [{}, { initial: "", final: "" }, { initial: "0-3,7", final: "1024-8191" }]) {
    assert.deepEqual(faults({ process: { execCPUAffinity } }), []);
  }
});

test("checkAffinity() refuses lists without a CPU and those that are none", () => {
  assert.deepEqual(
    faults({ process: { execCPUAffinity: { initial: " ,", final: "2-1" } } }),
    at("execCPUAffinity", [
      'initial: names no CPU: " ,"',
      'final: has a range that ends before it begins: "2-1"',
    ]),
  );
});
