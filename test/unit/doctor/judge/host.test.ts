import assert from "node:assert/strict";
import { test } from "node:test";
import type { Finding } from "../../../../src/doctor/finding.ts";
import { judgeRights, judgeRoot, judgeTools } from "../../../../src/doctor/judge/host.ts";
import type { RightFacts } from "../../../../src/doctor/read/rights.ts";
import type { RootFacts } from "../../../../src/doctor/read/root.ts";
import { capabilityNames } from "../../../../src/oci/capabilities.ts";

const root: RootFacts = {
  path: "/run/tsrun",
  exists: true,
  nearest: "/run/tsrun",
  writable: true,
  inMemory: true,
  freeBytes: 1e9,
  freeInodes: 100_000,
};
const rights: RightFacts = {
  uid: 0,
  inUserNamespace: false,
  capabilities: capabilityNames,
  noNewPrivileges: false,
  filtered: false,
};

function lacking(findings: readonly Finding[]): string[] {
  return findings
    .filter(({ state }) => state !== "ok")
    .map(({ name, state, necessary }) => `${name}: ${necessary ? "necessary" : state}`);
}

const without = (...names: string[]) => ({
  capabilities: capabilityNames.filter((name) => !names.includes(name)),
});

const roots: readonly (readonly [what: string, change: Partial<RootFacts>, lacks: readonly string[]])[] = [
  ["in memory", {}, []],
  ["that is to be made", { exists: false, nearest: "/run" }, []],
  ["that is another user's", { writable: false }, ["directory: necessary"]],
  ["on a disk", { inMemory: false }, ["kept: limited"]],
  ["that is full", { freeBytes: 1 << 20 }, ["space: limited"]],
  ["without inodes", { freeInodes: 3 }, ["space: limited"]],
  ["that counts none", { freeInodes: undefined }, []],
];

for (const [what, change, lacks] of roots) {
  test(`judgeRoot() of a directory ${what}`, () => {
    assert.deepEqual(lacking(judgeRoot({ ...root, ...change })), lacks);
  });
}

test("judgeRoot() says where a directory is going to be made", () => {
  const [found] = judgeRoot({ ...root, path: "/run/a/b", exists: false, nearest: "/run" });
  assert.equal(found?.found, "/run/a/b, to be made below /run");
});

const callers: readonly (readonly [what: string, change: Partial<RightFacts>, lacks: readonly string[]])[] = [
  ["root", {}, []],
  ["root without a right that few want", without("CAP_SYS_RESOURCE"), ["capabilities: limited"]],
  ["root without rights that tsrun never uses", without("CAP_SYS_MODULE", "CAP_SYS_BOOT"), []],
  ["root without any", { capabilities: [] }, ["capabilities: necessary"]],
  ["root without CAP_SYS_ADMIN", without("CAP_SYS_ADMIN"), ["capabilities: necessary"]],
  ["an ordinary user", { uid: 1000, capabilities: [] }, []],
  [
    "a service",
    { noNewPrivileges: true, filtered: true },
    ["no_new_privs: limited", "seccomp filter: limited"],
  ],
];

for (const [what, change, lacks] of callers) {
  test(`judgeRights() of ${what}`, () => {
    assert.deepEqual(lacking(judgeRights({ ...rights, ...change })), lacks);
  });
}

test("judgeRights() says what fails without a capability", () => {
  const found = judgeRights({ ...rights, ...without("CAP_MKNOD", "CAP_KILL") });
  const { consequence } = found.find(({ name }) => name === "capabilities") ?? {};
  assert.match(consequence ?? "", /device nodes.*; ending processes of other users/);
});

test("judgeRights() tells roots apart", () => {
  assert.deepEqual(
    [{}, { inUserNamespace: true }, { uid: 7 }].map(
      (change) => judgeRights({ ...rights, ...change })[0]?.found,
    ),
    ["root", "root of a user namespace", "user 7"],
  );
});

test("judgeTools() has nothing that containers need", () => {
  assert.deepEqual(lacking(judgeTools({ criu: undefined, ps: false })), ["CRIU: missing", "ps: limited"]);
  assert.equal(judgeTools({ criu: "4.1", ps: true })[0]?.found, "4.1");
});
