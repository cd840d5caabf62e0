import assert from "node:assert/strict";
import { test } from "node:test";
import { validateConfig } from "../../../src/oci/generated/validate-config.js";
import { describeValue, schemaFaults } from "../../../src/oci/schema-faults.ts";
import { fullConfig } from "../../helpers/full-config.ts";
import { mutants } from "../../helpers/mutations.ts";

function faultsOf(document: unknown): string[] {
  validateConfig(document);
  return schemaFaults(validateConfig.errors ?? [], document).map(
    ({ pointer, message }) => `${pointer}: ${message}`,
  );
}

test("schemaFaults() has words for each keyword", () => {
  assert.deepEqual(
    faultsOf({
      ociVersion: "1.3.0",
      annotations: { "a/b~c": 1 },
      process: {
        terminal: "yes",
        args: "sh",
        user: { uid: 1.5, gid: 4294967296 },
        rlimits: [{ type: "NOFILE", soft: 1, hard: 1 }],
      },
      linux: { seccomp: { defaultAction: "SCMP_ACT_ALOW", syscalls: [{ names: [], action: 5 }] } },
      mounts: {},
    }),
    [
      "/process/cwd: required, but missing",
      '/process/terminal: expected a boolean, found "yes"',
      '/process/args: expected an array, found "sh"',
      "/process/user/uid: expected an integer, found 1.5",
      "/process/user/gid: expected an integer <= 4294967295, found 4294967296",
      '/process/rlimits/0/type: expected text like ^RLIMIT_[A-Z]+$, found "NOFILE"',
      "/mounts: expected an array, found an object",
      "/annotations/a~1b~0c: expected a string, found 1",
      '/linux/seccomp/defaultAction: expected one of "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", ' +
        '"SCMP_ACT_KILL_THREAD", "SCMP_ACT_TRAP", "SCMP_ACT_ERRNO", "SCMP_ACT_TRACE", "SCMP_ACT_ALLOW", ' +
        '"SCMP_ACT_LOG", "SCMP_ACT_NOTIFY", found "SCMP_ACT_ALOW" (did you mean "SCMP_ACT_ALLOW"?)',
      "/linux/seccomp/syscalls/0/names: expected at least 1 item, found an empty array",
      "/linux/seccomp/syscalls/0/action: expected a string, found 5",
    ],
  );
});

test("schemaFaults() describes any invalid document", () => {
  for (const document of mutants(fullConfig, 500, 7)) {
    const valid = validateConfig(document);
    assert.equal(faultsOf(document).length > 0, !valid);
  }
});

test("describeValue() is short and on one line", () => {
  assert.equal(describeValue("a\nb"), '"a\\nb"');
  assert.equal(describeValue([1]), "an array");
  assert.equal(describeValue([]), "an empty array");
  assert.equal(describeValue({}), "an object");
  assert.equal(describeValue(null), "null");
  assert.equal(describeValue(undefined), "nothing");
  assert.equal(describeValue("x".repeat(1000)).length, 61);
});
