import assert from "node:assert/strict";
import { test } from "node:test";
import { faults, warnings } from "../../../helpers/documents.ts";

const rdt = (intelRdt: Record<string, unknown>) => faults({ linux: { intelRdt } });

test("checkIntelRdt() takes names of classes, and / for the default one", () => {
  for (const closID of ["", "/", "gold", "guaranteed_group", "a b", "é", "...", "x".repeat(255)]) {
    assert.deepEqual(rdt({ closID }), []);
  }
});

test("checkIntelRdt() refuses names that lead elsewhere or are taken", () => {
  for (const closID of [
    ".",
    "..",
    "a/b",
    "/a",
    "//",
    "a\nb",
    "info",
    "mon_groups",
    "mon_data",
    "é".repeat(128),
  ]) {
    assert.deepEqual(rdt({ closID }), [
      `/linux/intelRdt/closID: no class of service can have the name ${JSON.stringify(closID)}`,
    ]);
  }
});

test("checkIntelRdt() demands one line in each of schemata", () => {
  assert.deepEqual(rdt({ schemata: ["L3:0=f", "", "MB:0=1\nL3:0=1"] }), [
    '/linux/intelRdt/schemata/1: must be one line, found ""',
    '/linux/intelRdt/schemata/2: must be one line, found "MB:0=1\\nL3:0=1"',
  ]);
});

test("checkIntelRdt() warns of what has no effect", () => {
  const intelRdt = { enableCMT: true, enableMBM: true, l3CacheSchema: "0=f" };
  assert.deepEqual(warnings({ linux: { intelRdt } }), [
    '/linux/intelRdt/l3CacheSchema: should begin with "L3:"',
    "/linux/intelRdt/enableCMT: without effect since runtime-spec 1.3: use enableMonitoring",
    "/linux/intelRdt/enableMBM: without effect since runtime-spec 1.3: use enableMonitoring",
  ]);
  assert.deepEqual(warnings({ linux: { intelRdt: { enableCMT: false, l3CacheSchema: "L3CODE:0=f" } } }), []);
});
