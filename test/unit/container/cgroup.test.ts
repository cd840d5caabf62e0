import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsBeforeInit, limitsWithInit } from "../../../src/container/cgroup.ts";

test("limitsBeforeInit() leaves limits alone under which two processes can be", () => {
  for (const resources of [
    undefined,
    {},
    { pids: { limit: 2 } },
    { pids: { limit: -1 } },
    { unified: { "pids.max": "max" } },
    // The file is written last.
    { pids: { limit: 1 }, unified: { "pids.max": "2" } },
  ]) {
    assert.deepEqual(limitsBeforeInit(resources), resources ?? {});
    assert.equal(limitsWithInit(resources), undefined, JSON.stringify(resources));
  }
});

test("limitsBeforeInit() has room for a second process, and limitsWithInit() has none", () => {
  const memory = { limit: 1 << 20 };
  const one = { memory, pids: { limit: 1 } };
  assert.deepEqual(limitsBeforeInit(one), { memory, pids: { limit: 2 } });
  assert.deepEqual(limitsWithInit(one), { pids: { limit: 1 } });
  assert.deepEqual(limitsWithInit({ pids: { limit: 0 } }), { pids: { limit: 0 } });
  const unified = { "memory.high": "max", "pids.max": "1" };
  const byFile = { memory, pids: { limit: 9 }, unified };
  assert.deepEqual(limitsBeforeInit(byFile), {
    memory,
    pids: { limit: 2 },
    unified: { "memory.high": "max", "pids.max": "2" },
  });
  assert.deepEqual(limitsWithInit(byFile), { pids: { limit: 9 }, unified: { "pids.max": "1" } });
});
