import assert from "node:assert/strict";
import { test } from "node:test";
import { scopeProperties } from "../../../../src/cgroups/systemd/scope.ts";

const request = { id: "web", unit: "a-web.scope", slice: "a.slice", user: false, properties: [] };
const pid = 77;

function byName(cgroups: 1 | 2) {
  const properties = scopeProperties(request, pid, { version: 257, cgroups });
  return new Map(properties.map(({ name, value }) => [name, value.value]));
}

test("a scope has its first process, its slice, and is the container's to divide", () => {
  const properties = byName(2);
  assert.deepEqual(properties.get("PIDs"), [pid]);
  assert.equal(properties.get("Slice"), "a.slice");
  assert.equal(properties.get("Delegate"), true);
  assert.equal(properties.get("Description"), "libcontainer container web");
});

test("everything is counted, disks by the name that each version of cgroups has for it", () => {
  const counted = (cgroups: 1 | 2) =>
    [...byName(cgroups).keys()].filter((name) => name.endsWith("Accounting"));
  const others = ["MemoryAccounting", "CPUAccounting", "TasksAccounting"];
  assert.deepEqual(new Set(counted(2)), new Set([...others, "IOAccounting"]));
  assert.deepEqual(new Set(counted(1)), new Set([...others, "BlockIOAccounting"]));
});

test("a scope goes when it has ended or failed, and no shutdown stops it first", () => {
  const properties = byName(2);
  assert.equal(properties.get("CollectMode"), "inactive-or-failed");
  assert.equal(properties.get("DefaultDependencies"), false);
});

test("what annotations ask for comes last, as the last word counts", () => {
  const asked = { name: "Description", value: { type: "s", value: "mine" } } as const;
  const host = { version: 257, cgroups: 2 } as const;
  assert.deepEqual(scopeProperties({ ...request, properties: [asked] }, pid, host).at(-1), asked);
});
