import assert from "node:assert/strict";
import { test } from "node:test";
import { planNamespaces } from "../../../src/namespaces/plan.ts";
import type { Namespace } from "../../../src/oci/types.ts";
import { cloneFlags } from "../../../src/sys/namespaces.ts";

const all: Namespace[] = ["pid", "network", "ipc", "uts", "mount", "cgroup", "user", "time"].map((type) => ({
  type: type as Namespace["type"],
}));

test("planNamespaces() clones every new one but cgroup and time, which come once init is in place", () => {
  const plan = planNamespaces(all);
  const { pid, network, ipc, uts, mount, user } = cloneFlags;
  assert.equal(plan.cloned, pid | network | ipc | uts | mount | user);
  assert.deepEqual([plan.newCgroup, plan.newTime, plan.newUser], [true, true, true]);
  assert.deepEqual(plan.joined, []);
  assert.deepEqual([...plan.types].sort(), all.map(({ type }) => type).sort());
});

test("planNamespaces() joins those with a path, in their order, with their place", () => {
  const plan = planNamespaces([
    { type: "network", path: "/run/netns/a" },
    { type: "pid" },
    { type: "user", path: "/proc/1/ns/user" },
    { type: "time", path: "/proc/1/ns/time" },
  ]);
  assert.equal(plan.cloned, cloneFlags.pid);
  assert.deepEqual(plan.joined, [
    { type: "network", path: "/run/netns/a", pointer: "/linux/namespaces/0" },
    { type: "user", path: "/proc/1/ns/user", pointer: "/linux/namespaces/2" },
    { type: "time", path: "/proc/1/ns/time", pointer: "/linux/namespaces/3" },
  ]);
  assert.deepEqual([plan.newUser, plan.newTime, plan.newCgroup], [false, false, false]);
  assert.ok(plan.types.has("user") && plan.types.has("time"));
});

test("planNamespaces() takes an empty path for none, and no entry for the runtime's own namespace", () => {
  const plan = planNamespaces([{ type: "ipc", path: "" }]);
  assert.equal(plan.cloned, cloneFlags.ipc);
  assert.deepEqual([...plan.types], ["ipc"]);
  assert.equal(planNamespaces([]).cloned, 0);
});
