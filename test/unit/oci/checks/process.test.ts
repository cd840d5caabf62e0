import assert from "node:assert/strict";
import { test } from "node:test";
import { rlimitTypes } from "../../../../src/oci/checks/process.ts";
import { faults } from "../../../helpers/documents.ts";

const limit = { type: "RLIMIT_NOFILE", soft: 1, hard: 1 };

test("checkCommand() demands a process", () => {
  assert.deepEqual(faults({ process: undefined }), ["/process: required, but missing"]);
});

test("checkCommand() demands a program", () => {
  const expected = ["/process/args: must name the program to run"];
  assert.deepEqual(faults({ process: { args: undefined } }), expected);
  assert.deepEqual(faults({ process: { args: [] } }), expected);
});

test("checkCommand() demands an absolute working directory", () => {
  assert.deepEqual(faults({ process: { cwd: "tmp" } }), [
    '/process/cwd: must be an absolute path, found "tmp"',
  ]);
  assert.deepEqual(faults({ process: { cwd: "" } }), ['/process/cwd: must be an absolute path, found ""']);
  assert.deepEqual(faults({ process: { cwd: "/tmp" } }), []);
});

test("checkEnvironment() demands NAME=VALUE", () => {
  assert.deepEqual(faults({ process: { env: ["A=", "B=b=b", "C", "=d"] } }), [
    '/process/env/2: must be NAME=VALUE, found "C"',
    '/process/env/3: must be NAME=VALUE, found "=d"',
  ]);
});

test("rlimitTypes are numbered as the kernel numbers them", () => {
  const numbers = { RLIMIT_CPU: 0, RLIMIT_CORE: 4, RLIMIT_NOFILE: 7, RLIMIT_AS: 9, RLIMIT_RTTIME: 15 };
  for (const [type, number] of Object.entries(numbers)) {
    assert.equal(rlimitTypes[number], type);
  }
});

test("checkLimits() takes every limit of Linux once", () => {
  const rlimits = rlimitTypes.map((type) => ({ type, soft: 0, hard: 2n ** 64n - 1n }));
  assert.equal(rlimits.length, 16);
  assert.deepEqual(faults({ process: { rlimits } }), []);
});

test("checkLimits() refuses unknown and repeated limits", () => {
  assert.deepEqual(faults({ process: { rlimits: [limit, { ...limit, type: "RLIMIT_NOFILES" }, limit] } }), [
    '/process/rlimits/1/type: no such limit: "RLIMIT_NOFILES" (did you mean "RLIMIT_NOFILE"?)',
    "/process/rlimits/2/type: RLIMIT_NOFILE occurs twice",
  ]);
});

test("checkLimits() refuses a soft limit above the hard one", () => {
  assert.deepEqual(faults({ process: { rlimits: [{ ...limit, soft: 2 }] } }), [
    "/process/rlimits/0/soft: must not be above hard (1), found 2",
  ]);
});

test("checkProcessValues() holds oomScoreAdj to the kernel's range", () => {
  for (const oomScoreAdj of [-1000, 0, 1000]) {
    assert.deepEqual(faults({ process: { oomScoreAdj } }), []);
  }
  for (const oomScoreAdj of [-1001, 1001]) {
    assert.deepEqual(faults({ process: { oomScoreAdj } }), [
      `/process/oomScoreAdj: must be from -1000 to 1000, found ${oomScoreAdj}`,
    ]);
  }
});

test("checkProcessValues() holds consoleSize to 16 bits where there is a terminal", () => {
  const consoleSize = { height: 65_535, width: 65_536 };
  assert.deepEqual(faults({ process: { terminal: true, consoleSize } }), [
    "/process/consoleSize/width: must not be above 65535, found 65536",
  ]);
  assert.deepEqual(faults({ process: { terminal: false, consoleSize } }), []);
});

test("checkUser() refuses the id that is none", () => {
  const none = 4_294_967_295;
  const user = { uid: none, gid: none, additionalGids: [0, none] };
  assert.deepEqual(faults({ process: { user } }), [
    "/process/user/uid: 4294967295 is no id",
    "/process/user/gid: 4294967295 is no id",
    "/process/user/additionalGids/1: 4294967295 is no id",
  ]);
  const last = none - 1;
  assert.deepEqual(faults({ process: { user: { uid: last, gid: last, additionalGids: [last] } } }), []);
});

test("checkUser() takes as many groups as the kernel does", () => {
  const groups = (length: number) => ({
    process: { user: { additionalGids: Array.from({ length }, () => 5) } },
  });
  assert.deepEqual(faults(groups(65_536)), []);
  assert.deepEqual(faults(groups(65_537)), [
    "/process/user/additionalGids: must not be more than 65536 groups, found 65537",
  ]);
});
