import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { bootId, isOfThisBoot } from "../../../src/container/boot.ts";
import { remove } from "../../../src/container/delete.ts";
import { membersOf } from "../../../src/container/members.ts";
import { isAlive } from "../../../src/container/status.ts";
import { plant, recordOf, withStateRoot } from "../../helpers/container-record.ts";

test("bootId() is the kernel's", () => {
  assert.equal(bootId(), readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
});

test("isOfThisBoot() takes a record that does not tell for one of this boot", () => {
  assert.equal(isOfThisBoot({}), true);
  assert.equal(isOfThisBoot({ bootId: bootId() ?? "" }), true);
  assert.equal(isOfThisBoot({ bootId: "another" }), false);
});

test("a process of this boot is not the init of a container of another one", () => {
  const record = recordOf();
  assert.equal(isAlive(record), true);
  assert.ok(membersOf(record).includes(record.pid));
  assert.equal(isAlive({ ...record, bootId: "another" }), false);
  assert.deepEqual(membersOf({ ...record, bootId: "another" }), []);
});

test("remove() leaves alone what has taken the place of a cgroup of another boot", () => {
  withStateRoot((options) => {
    // Were it looked at, the directory would be refused as a cgroup, or go.
    const cgroup = { mode: "v2", paths: { "": options.root } } as const;
    const directory = plant(options, { ...recordOf(), bootId: "another", cgroup });
    directory.writeFile("config.json", '{"ociVersion":"1.3.0"}');
    remove(options, "a", false);
    assert.equal(directory.has("state.json"), false);
  });
});
