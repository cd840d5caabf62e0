import assert from "node:assert/strict";
import { test } from "node:test";
import { type ContainerRecord, containerRecord } from "../../../src/container/documents.ts";
import { validateRecord } from "../../../src/container/generated/validate-record.js";
import { mutants } from "../../helpers/mutations.ts";

const record: ContainerRecord = {
  version: 1,
  id: "a",
  ociVersion: "1.3.0",
  bundle: "/b",
  rootfs: "/b/rootfs",
  created: "2026-11-21T02:00:00.000000000Z",
  owner: 0,
  pid: 42,
  startTime: 4242,
  annotations: { name: "text" },
  cgroup: { mode: "v2", paths: { "": "/sys/fs/cgroup/a" } },
  ready: true,
  ownPidNamespace: true,
};

test("validateRecord() takes what a newer version added", () => {
  assert.equal(validateRecord(record), true, JSON.stringify(validateRecord.errors));
  assert.equal(validateRecord({ ...record, version: 2, future: { a: 1 } }), true);
  assert.equal(validateRecord({ ...record, cgroup: { ...record.cgroup, future: 1 } }), true);
});

test("validateRecord() lists every fault", () => {
  const { id: _id, ...rest } = record;
  assert.equal(validateRecord({ ...rest, pid: -1, ready: "no" }), false);
  assert.deepEqual(
    validateRecord.errors?.map(({ instancePath, keyword }) => `${instancePath} ${keyword}`),
    [" required", "/pid minimum", "/ready type"],
  );
});

test("validateRecord() judges as zod's own parser does", () => {
  for (const document of mutants(record, 500, 3)) {
    assert.equal(
      validateRecord(document),
      containerRecord.safeParse(document).success,
      JSON.stringify(document),
    );
  }
});
