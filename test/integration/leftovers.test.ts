import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { cgroups, newSince, takeSnapshot } from "../helpers/leftovers.ts";
import { hostMounts } from "../helpers/mountinfo.ts";
import { sandboxPrefix } from "../helpers/other-tests.ts";
import { until } from "../helpers/wait.ts";

// What all other files rely on: that something left behind is seen.

test("newSince() sees a cgroup that was left", () => {
  const hierarchy = hostMounts().find(({ type }) => type.startsWith("cgroup"));
  assert.ok(hierarchy !== undefined);
  const before = takeSnapshot();
  const cgroup = join(hierarchy.point, `${sandboxPrefix}-left`);
  mkdirSync(cgroup);
  try {
    assert.ok(newSince(before, 0).includes(`cgroup ${cgroup}`));
    assert.ok([...cgroups()].includes(cgroup));
  } finally {
    rmdirSync(cgroup);
  }
});

test("newSince() sees a process in namespaces of its own, and those", () => {
  const before = takeSnapshot();
  const holder = spawn("unshare", ["--net", "sleep", "1000000"], { stdio: "ignore" });
  try {
    const left = until("the namespace", () => {
      const found = newSince(before, 0);
      return found.some((thing) => thing.startsWith("namespace net:")) && found;
    });
    assert.ok(left.some((thing) => thing.startsWith(`process ${holder.pid} `)));
  } finally {
    holder.kill("SIGKILL");
  }
});

test("newSince() sees what carries a test's mark", () => {
  const before = takeSnapshot();
  const marked = spawn("sleep", ["1000000"], {
    env: { TSRUN_TEST: "x", PATH: process.env["PATH"] },
    stdio: "ignore",
  });
  try {
    until("the process", () =>
      newSince(before, 0).some((thing) => thing === `process ${marked.pid} sleep 1000000 `),
    );
  } finally {
    marked.kill("SIGKILL");
  }
});

test("newSince() forgives what goes away in time", () => {
  const before = takeSnapshot();
  const brief = spawn("unshare", ["--net", "sleep", "0.3"], { stdio: "ignore" });
  until("the namespace", () => newSince(before, 0).length > 0);
  const mine = newSince(before).filter((thing) => thing.startsWith(`process ${brief.pid} `));
  assert.deepEqual(mine, []);
});
