import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeCgroups } from "../../../../src/doctor/judge/cgroups.ts";
import type { CgroupFacts } from "../../../../src/doctor/read/cgroups.ts";

const all = ["cpu", "cpuset", "memory", "pids", "io", "hugetlb", "rdma"];
const v2: CgroupFacts = {
  mode: "v2",
  v1: [],
  v2: { directory: "/sys/fs/cgroup", controllers: all, writable: true },
  swap: true,
  kill: true,
  devices: "",
};
const v1: CgroupFacts = {
  mode: "v1",
  v1: ["cpu", "cpuset", "memory", "pids", "blkio", "hugetlb", "rdma", "name=systemd"].map((name) => ({
    directory: `/sys/fs/cgroup/${name}`,
    controllers: [name],
    writable: true,
  })),
  v2: undefined,
  swap: true,
  kill: undefined,
  devices: "",
};
const closed = { directory: "/sys/fs/cgroup/user.slice", controllers: all, writable: false };

const hosts: readonly (readonly [
  what: string,
  facts: CgroupFacts,
  isRoot: boolean,
  lacks: readonly string[],
])[] = [
  ["v2", v2, true, []],
  ["v1, whose names differ", v1, true, ["mode limited"]],
  ["none", { ...v2, mode: "none" }, true, ["mode missing"]],
  [
    "v2 without controllers",
    { ...v2, v2: { ...closed, controllers: [], writable: true } },
    true,
    ["controllers limited"],
  ],
  [
    "v2 for an ordinary user",
    { ...v2, v2: closed, devices: "EPERM" },
    false,
    ["delegation limited", "device rules (BPF) limited"],
  ],
  ["v2, read-only for root", { ...v2, v2: closed }, true, ["writable limited"]],
  ["v2 without swap accounting", { ...v2, swap: false }, true, ["swap accounting missing"]],
  ["v2 of Linux 5.10", { ...v2, kill: false }, true, ["cgroup.kill limited"]],
  ["v2, where little can be told", { ...v2, kill: undefined, swap: undefined }, true, []],
  ["v2 without BPF", { ...v2, devices: "EINVAL" }, true, ["device rules (BPF) limited"]],
];

for (const [what, facts, isRoot, lacks] of hosts) {
  test(`judgeCgroups() of ${what}`, () => {
    const found = judgeCgroups(facts, isRoot).filter(({ state }) => state !== "ok");
    assert.deepEqual(
      found.map(({ name, state }) => `${name} ${state}`),
      lacks,
    );
  });
}

test("judgeCgroups() says which limits are refused, and where a controller is to be had", () => {
  const controllers = all.filter((name) => name !== "io");
  const found = judgeCgroups({ ...v2, v2: { directory: "/cg", controllers, writable: true } }, true);
  const lack = found.find(({ name }) => name === "controllers");
  assert.equal(lack?.consequence, "limits of blockIO are refused");
  assert.match(lack?.remedy ?? "", /^echo \+io to cgroup\.subtree_control of the cgroups above \/cg/);
});

test("judgeCgroups() has no remedy for an ordinary user's device rules: there is none", () => {
  const rules = (isRoot: boolean) =>
    judgeCgroups({ ...v2, devices: "EPERM" }, isRoot).find(({ name }) => name.startsWith("device rules"));
  assert.equal(rules(false)?.remedy, undefined);
  assert.match(rules(true)?.remedy ?? "", /CAP_BPF/);
});
