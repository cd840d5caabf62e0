import assert from "node:assert/strict";
import { test } from "node:test";
import type { Finding } from "../../../../src/doctor/finding.ts";
import { judgeMapHelpers, judgeNamespaces, judgeProc } from "../../../../src/doctor/judge/namespaces.ts";
import type { ProcFacts } from "../../../../src/doctor/read/proc.ts";
import type { ScratchFacts } from "../../../../src/doctor/read/scratch.ts";
import type { MapHelperFacts, UserFacts } from "../../../../src/doctor/read/users.ts";

const scratch: ScratchFacts = {
  userNamespace: "",
  namespaces: { mount: "", cgroup: "", uts: "", ipc: "", pid: "", network: "", time: "" },
  mounts: "",
  newMount: "",
  proc: "",
  sysfs: "",
  seals: true,
  idMap: "",
};
const helper = { ids: 65_536, path: "/usr/bin/newuidmap", privileged: true };
const users: UserFacts = {
  maxUserNamespaces: 15_000,
  unprivilegedClone: 1,
  apparmorRestricts: undefined,
  uid: helper,
  gid: helper,
};
const proc: ProcFacts = { mounted: true, readOnly: false, hiding: [], covered: [], terminals: true };
const root = { isRoot: true, noNewPrivileges: false };
const user = { isRoot: false, noNewPrivileges: false };

function lacking(findings: readonly Finding[]): string[] {
  return findings
    .filter(({ state }) => state !== "ok")
    .map(({ name, state, necessary }) => `${name}: ${necessary ? "necessary" : state}`);
}

function remedyFor(name: string, findings: readonly Finding[]): string {
  return findings.find((each) => each.name === name)?.remedy ?? "";
}

type Row = readonly [
  what: string,
  scratch: Partial<ScratchFacts>,
  users: Partial<UserFacts>,
  ofRoot: readonly string[],
  ofUser: readonly string[],
];

const refused = { userNamespace: "EPERM" };
const rows: readonly Row[] = [
  ["with everything", {}, {}, [], []],
  [
    "without user namespaces",
    { userNamespace: "EINVAL" },
    {},
    ["user namespaces: missing"],
    ["user namespaces: necessary"],
  ],
  [
    "that forbids them",
    refused,
    { unprivilegedClone: 0 },
    ["user namespaces: missing"],
    ["user namespaces: necessary"],
  ],
  [
    "without time namespaces",
    { namespaces: { mount: "", time: "EINVAL" } },
    {},
    ["other namespaces: missing"],
    ["other namespaces: missing"],
  ],
  [
    "without mount namespaces",
    { namespaces: { mount: "EPERM" } },
    {},
    ["other namespaces: necessary"],
    ["other namespaces: necessary"],
  ],
  ["whose mounts stay", { mounts: "EACCES" }, {}, ["mounts: necessary"], ["mounts: necessary"]],
  ["with mount(2) alone", { newMount: "ENOSYS" }, {}, ["new tmpfs: limited"], ["new tmpfs: limited"]],
  ["that does not seal", { seals: false }, {}, ["sealing: limited"], ["sealing: limited"]],
  [
    "whose file system maps no ids",
    { idMap: "EINVAL" },
    {},
    ["mounts with mapped ids: limited"],
    ["mounts with mapped ids: limited"],
  ],
  ["where that cannot be tried", { idMap: undefined }, {}, [], []],
];

for (const [what, change, changed, ofRoot, ofUser] of rows) {
  test(`judgeNamespaces() of a host ${what}`, () => {
    const judge = (caller: typeof root) =>
      lacking(judgeNamespaces({ ...scratch, ...change }, { ...users, ...changed }, caller));
    assert.deepEqual(judge(root), ofRoot);
    assert.deepEqual(judge(user), ofUser);
  });
}

test("judgeNamespaces() names the switch that forbids user namespaces", () => {
  const remedy = (change: Partial<UserFacts>) =>
    remedyFor("user namespaces", judgeNamespaces({ ...scratch, ...refused }, { ...users, ...change }, user));
  assert.match(remedy({ maxUserNamespaces: 0 }), /user\.max_user_namespaces/);
  assert.match(remedy({ unprivilegedClone: 0 }), /kernel\.unprivileged_userns_clone=1/);
  assert.match(remedy({}), /CONFIG_USER_NS/);
  const found = judgeNamespaces({ ...scratch, mounts: "EACCES" }, { ...users, apparmorRestricts: 1 }, user);
  assert.match(remedyFor("mounts", found), /apparmor_restrict_unprivileged_userns=0/);
});

test("judgeMapHelpers() is of no interest to root", () => {
  assert.deepEqual(judgeMapHelpers({ ...users, uid: { ...helper, path: undefined } }, root), []);
});

const helpers: readonly (readonly [
  what: string,
  change: Partial<MapHelperFacts>,
  lacks: readonly string[],
])[] = [
  ["that is there", {}, []],
  ["that is not installed", { path: undefined }, ["newuidmap: missing"]],
  ["without privilege", { privileged: false }, ["newuidmap: missing"]],
  ["without ids", { ids: 0 }, ["/etc/subuid: missing"]],
  ["with few ids", { ids: 1000 }, ["/etc/subuid: limited"]],
];

for (const [what, change, lacks] of helpers) {
  test(`judgeMapHelpers() of a helper ${what}`, () => {
    assert.deepEqual(lacking(judgeMapHelpers({ ...users, uid: { ...helper, ...change } }, user)), lacks);
  });
}

test("judgeMapHelpers() of one that may not use its privilege", () => {
  const found = judgeMapHelpers(users, { ...user, noNewPrivileges: true });
  assert.deepEqual(lacking(found), ["newuidmap: missing", "newgidmap: missing"]);
});

const procs: readonly (readonly [
  what: string,
  proc: Partial<ProcFacts>,
  scratch: Partial<ScratchFacts>,
  lacks: readonly string[],
])[] = [
  ["as it should be", {}, {}, []],
  ["that is none", { mounted: false }, {}, ["/proc: necessary"]],
  ["that is read-only", { readOnly: true }, {}, ["/proc: limited"]],
  ["that hides processes", { hiding: ["hidepid=2"] }, {}, ["/proc: limited"]],
  ["that is covered", { covered: ["/proc/kcore"] }, { proc: "EPERM" }, ["new procfs: limited"]],
  ["without a sysfs", {}, { sysfs: "EPERM" }, ["new sysfs: limited"]],
  ["without terminals", { terminals: false }, {}, ["terminals: limited"]],
];

for (const [what, change, changed, lacks] of procs) {
  test(`judgeProc() of a /proc ${what}`, () => {
    assert.deepEqual(lacking(judgeProc({ ...proc, ...change }, { ...scratch, ...changed })), lacks);
  });
}

test("judgeProc() blames nothing that is covered where nothing can be mounted at all", () => {
  const found = judgeProc(
    { ...proc, covered: ["/proc/kcore"] },
    { ...scratch, mounts: "EPERM", proc: "EPERM" },
  );
  assert.equal(found.find(({ name }) => name === "new procfs")?.found, "refused (EPERM)");
});

test("judgeProc() names what covers the one and not the other", () => {
  const covered = ["/proc/kcore", "/sys/firmware"];
  const found = judgeProc({ ...proc, covered }, { ...scratch, proc: "EPERM", sysfs: "EINVAL" });
  assert.equal(found.find(({ name }) => name === "new procfs")?.found, "refused: /proc/kcore covered");
  assert.equal(found.find(({ name }) => name === "new sysfs")?.found, "fails (EINVAL)");
});
