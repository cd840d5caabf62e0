import assert from "node:assert/strict";
import { openSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { closeHostDescriptors } from "../../../src/init/descriptors.ts";
import { inHand } from "../../helpers/in-hand.ts";

const STANDARD = [0, 1, 2];

/** Descriptors of this process, which a clone inherits, far above those of the engine. */
function openMany(count: number): number[] {
  return Array.from({ length: count }, () => openSync("/dev/null", "r")).slice(-7);
}

/** Nothing beside the gate. */
const none = { terminal: undefined, listener: undefined, idMapped: undefined };

function left(plan: Parameters<typeof closeHostDescriptors>[0]): number[] {
  return inHand((hand) => {
    closeHostDescriptors(plan, hand);
    hand.flush();
    return readdirSync(`/proc/${hand.pid}/fd`)
      .map(Number)
      .sort((a, b) => a - b);
  });
}

test("closeHostDescriptors() leaves standard streams, the gate, the sockets of terminal and listener, id-mapped mounts", () => {
  const [go = 0, , result = 0, , terminal = 0, listener = 0, mount = 0] = openMany(12);
  const passed = { count: 0, environment: [] };
  assert.deepEqual(left({ ...none, gate: { go, result }, passed }), [...STANDARD, go, result]);
  const idMapped = new Map([[{}, mount]]);
  const plan = { gate: { go: result, result: go }, terminal, listener, passed, idMapped };
  assert.deepEqual(left(plan), [...STANDARD, go, result, terminal, listener, mount]);
});

test("closeHostDescriptors() leaves neighbours, and the last descriptor that there is", () => {
  const [first = 0, second = 0, third = 0] = openMany(3).slice(-3);
  const passed = { count: 0, environment: [] };
  const plan = { ...none, gate: { go: first, result: second }, terminal: third, passed };
  assert.deepEqual(left(plan), [...STANDARD, first, second, third]);
});

test("closeHostDescriptors() leaves what the caller passes on", () => {
  const open = readdirSync("/proc/self/fd").map(Number);
  const [go = 0, result = 0] = openMany(6);
  const count = 5;
  const kept = open.filter((fd) => fd < STANDARD.length + count);
  const plan = { ...none, gate: { go, result }, passed: { count, environment: [] } };
  assert.deepEqual(
    left(plan),
    [...new Set([...kept, go, result])].sort((a, b) => a - b),
  );
});
