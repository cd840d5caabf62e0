import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { awaitEvent } from "../../../../src/cgroups/v2/events.ts";
import { isFrozen } from "../../../../src/cgroups/v2/freezer.ts";

const directory = mkdtempSync(join(tmpdir(), "tsrun-test-"));
after(() => rmSync(directory, { recursive: true }));
writeFileSync(join(directory, "cgroup.events"), "populated 0\nfrozen 0\n");
writeFileSync(join(directory, "cgroup.freeze"), "1\n");

test("awaitEvent() waits for nothing that has come to be", () => {
  assert.equal(awaitEvent(directory, "populated 0", 0), true);
});

test("awaitEvent() gives up in the end", () => {
  assert.equal(awaitEvent(directory, "frozen 1", 30), false);
});

test("awaitEvent() takes a cgroup that has gone for an empty one, not for a frozen one", () => {
  const gone = join(directory, "gone");
  assert.equal(awaitEvent(gone, "populated 0", 1000), true);
  assert.equal(awaitEvent(gone, "frozen 1", 1000), false);
});

test("isFrozen() is what the cgroup is set to, and no where there is none", () => {
  assert.equal(isFrozen(directory), true);
  assert.equal(isFrozen(join(directory, "gone")), false);
});
