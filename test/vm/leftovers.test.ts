// The first and the last of a VM's tests: whatever ran between them has left no cgroup, unit, BPF program, mount, process or
// namespace. (Each test file accounts for its own; this is for what only shows after all of them.)
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { takeSnapshot } from "../helpers/leftovers.ts";
import { until } from "../helpers/wait.ts";

const file = "/run/tsrun-vm/before.json";

/** What systemd does by itself meanwhile: a user's session that is idle, a service that starts when it is asked. */
const ofSystemd =
  /systemd-(hostnamed|timedated|localed|tmpfiles)|user-runtime-dir|dbus\.service|session\.slice$/;

function newThings(): string[] {
  const before = new Set(JSON.parse(readFileSync(file, "utf8")) as string[]);
  return [...takeSnapshot()].filter((thing) => !before.has(thing) && !ofSystemd.test(thing));
}

if (existsSync(file)) {
  test("all the tests have left the VM as it was", () => {
    try {
      until("everything to go", () => newThings().length === 0, 15_000);
    } catch {
      assert.deepEqual(newThings(), []);
    }
  });
} else {
  test("stock is taken before the first test", () => {
    writeFileSync(file, JSON.stringify([...takeSnapshot()]));
  });
}
