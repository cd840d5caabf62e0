import assert from "node:assert/strict";
import { pid, ppid } from "node:process";
import { test } from "node:test";
import { membersOf } from "../../../src/container/members.ts";
import { emptyRecord, recordOf } from "../../helpers/container-record.ts";

test("membersOf() finds the processes of init's pid namespace where there is no cgroup", () => {
  const found = membersOf(recordOf());
  assert.ok(found.includes(pid) && found.includes(ppid), String(found));
  assert.deepEqual(
    found,
    [...found].sort((a, b) => a - b),
  );
});

test("membersOf() knows init alone where it shares the runtime's pid namespace", () => {
  assert.deepEqual(membersOf({ ...recordOf(), ownPidNamespace: false }), [pid]);
});

test("membersOf() finds nobody once init has ended", () => {
  assert.deepEqual(membersOf(emptyRecord), []);
  assert.deepEqual(membersOf({ ...recordOf(), startTime: 1 }), []);
});
