import assert from "node:assert/strict";
import { test } from "node:test";
import type { Finding } from "../../../../src/doctor/finding.ts";
import { describe, judgeCalls, judgeKernel } from "../../../../src/doctor/judge/kernel.ts";
import type { CallFacts } from "../../../../src/doctor/read/calls.ts";
import type { KernelFacts } from "../../../../src/doctor/read/kernel.ts";

const kernel: KernelFacts = {
  release: "6.1.0-18-amd64",
  architecture: "x64",
  timeNamespaces: true,
  keyrings: true,
  pressure: "measured",
  resctrl: "mounted",
};

const calls: CallFacts = {
  openat2: "",
  clone3: "",
  mountApi: "",
  mountSetattr: "",
  pidfdOpen: "",
  pidfdSendSignal: "",
  closeRange: "",
  memfdCreate: "",
  missingActions: [],
  seccompNotify: "",
};

function lacking(findings: readonly Finding[]): string[] {
  return findings
    .filter(({ state }) => state !== "ok")
    .map(({ name, state, necessary }) => `${name}: ${necessary ? "necessary" : state}`);
}

const kernels: readonly (readonly [what: string, change: Partial<KernelFacts>, lacks: readonly string[]])[] =
  [
    ["with everything", {}, []],
    ["5.10", { release: "5.10.0" }, []],
    ["5.9", { release: "5.9.16" }, ["release: necessary"]],
    ["4.18", { release: "4.18.0-553.el8" }, ["release: necessary"]],
    ["7.0", { release: "7.0" }, []],
    ["of another machine", { architecture: "riscv64" }, ["architecture: necessary"]],
    ["without time namespaces", { timeNamespaces: false }, ["time namespaces: missing"]],
    ["without keys", { keyrings: false }, ["keyrings: limited"]],
    ["that measures no pressure", { pressure: "off" }, ["pressure (PSI): limited"]],
    ["that cannot", { pressure: "none" }, ["pressure (PSI): limited"]],
    ["whose resctrl is not mounted", { resctrl: "known" }, ["Intel RDT (resctrl): missing"]],
    ["without resctrl", { resctrl: "none" }, ["Intel RDT (resctrl): missing"]],
  ];

for (const [what, change, lacks] of kernels) {
  test(`judgeKernel() of a kernel ${what}`, () => {
    assert.deepEqual(lacking(judgeKernel({ ...kernel, ...change })), lacks);
  });
}

const verdicts: Readonly<Record<keyof Omit<CallFacts, "missingActions">, string>> = {
  openat2: "openat2: limited",
  clone3: "clone3: limited",
  mountApi: "mounts by descriptor: limited",
  mountSetattr: "mount_setattr: missing",
  pidfdOpen: "pidfd_open: necessary",
  pidfdSendSignal: "pidfd_send_signal: necessary",
  closeRange: "close_range: limited",
  memfdCreate: "memfd_create: necessary",
  seccompNotify: "seccomp notify: missing",
};

test("judgeCalls() finds nothing wrong where all work", () => {
  assert.deepEqual(lacking(judgeCalls(calls)), []);
});

for (const [fact, verdict] of Object.entries(verdicts)) {
  for (const [outcome, remedy] of [
    ["ENOSYS", /newer kernel.*seccomp filter/],
    ["EPERM", /^a seccomp filter/],
  ] as const) {
    test(`judgeCalls() of ${fact} that answers ${outcome}`, () => {
      const found = judgeCalls({ ...calls, [fact]: outcome });
      assert.deepEqual(lacking(found), [verdict]);
      const lack = found.find(({ state }) => state !== "ok");
      assert.match(lack?.remedy ?? "", remedy);
      assert.ok(lack?.found.includes(outcome));
    });
  }
}

test("judgeCalls() names the actions that the kernel lacks", () => {
  const found = judgeCalls({ ...calls, missingActions: ["SCMP_ACT_LOG", "SCMP_ACT_NOTIFY"] });
  assert.deepEqual(lacking(found), ["seccomp actions: missing"]);
  assert.equal(found.at(-1)?.found, "without SCMP_ACT_LOG, SCMP_ACT_NOTIFY");
});

test("describe() tells what is missing from what is refused and what fails", () => {
  assert.deepEqual(["ENOSYS", "EPERM", "EACCES", "EINVAL"].map(describe), [
    "not there (ENOSYS)",
    "refused (EPERM)",
    "refused (EACCES)",
    "fails (EINVAL)",
  ]);
});
