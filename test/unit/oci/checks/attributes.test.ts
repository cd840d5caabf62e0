import assert from "node:assert/strict";
import { test } from "node:test";
import { faults, warnings } from "../../../helpers/documents.ts";

test("checkAttributes() takes both domains of a personality", () => {
  for (const domain of ["LINUX", "LINUX32"]) {
    assert.deepEqual(faults({ linux: { personality: { domain } } }), []);
    assert.deepEqual(warnings({ linux: { personality: { domain, flags: [] } } }), []);
  }
});

test("checkAttributes() demands a personality's domain", () => {
  assert.deepEqual(faults({ linux: { personality: {} } }), [
    "/linux/personality/domain: required, but missing",
  ]);
});

test("checkAttributes() warns of flags of a personality", () => {
  assert.deepEqual(warnings({ linux: { personality: { domain: "LINUX", flags: ["A", "B"] } } }), [
    '/linux/personality/flags: ignoring "A, B": no personality flags are defined',
  ]);
});

test("checkAttributes() looks at each property", () => {
  const process = {
    scheduler: { policy: "SCHED_ISO" },
    ioPriority: { class: "IOPRIO_CLASS_BE", priority: 8 },
    execCPUAffinity: { initial: "-" },
  };
  const linux = { memoryPolicy: { mode: "MPOL_BIND" }, personality: {} };
  assert.deepEqual(
    faults({ process, linux }).map((line) => line.split(":")[0]),
    [
      "/process/scheduler/policy",
      "/process/ioPriority/priority",
      "/process/execCPUAffinity/initial",
      "/linux/memoryPolicy/nodes",
      "/linux/personality/domain",
    ],
  );
});
