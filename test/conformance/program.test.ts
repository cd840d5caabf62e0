import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { CgroupView, unnamedCgroups } from "./cgroup-view.ts";
import { runProgram } from "./program.ts";

const folder = mkdtempSync(join(tmpdir(), "tsrun-conformance-"));
const runtime = join(folder, "runtime");
const view = await CgroupView.open();

after(async () => {
  await view.close();
  rmSync(folder, { recursive: true });
});

/** A runtime that knows the containers whose files are in /run, and forgets one when it is deleted. */
writeFileSync(
  runtime,
  `#!/bin/sh
case $1 in
  list) cd /run && ls | grep ^container- ;;
  delete) rm "/run/$3" ;;
esac
`,
  { mode: 0o755 },
);

async function run(script: string, seconds?: number) {
  writeFileSync(join(folder, "program"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return runProgram({ view, folder, runtime }, "program", seconds);
}

describe("runProgram()", () => {
  test("returns the streams and the status", async () => {
    const outcome = await run("echo out; echo err >&2; exit 3");
    assert.deepEqual(outcome, { status: 3, stdout: "out\n", stderr: "err\n", abandoned: [], left: [] });
  });

  test("stops a program that takes too long", async () => {
    assert.equal((await run("sleep 60", 1)).status, 124);
  });

  test("stops a program that is deaf to SIGTERM", async () => {
    assert.equal((await run("trap '' TERM; while :; do sleep 1; done", 1)).status, 137);
  });

  test("deletes containers that the program did not", async () => {
    const outcome = await run("touch /run/container-1");
    assert.deepEqual(outcome.abandoned, ["container container-1"]);
  });

  test("reports processes and mounts that stay, and ends them", async () => {
    mkdirSync(join(folder, "mounted"), { recursive: true });
    const outcome = await run("sleep 77 & mount -t tmpfs tmpfs mounted");
    assert.match(outcome.left[0] ?? "", /^process \d+ sleep$/);
    assert.deepEqual(outcome.left.slice(1), [`mount ${join(folder, "mounted")}`]);
  });

  test("gives each program a /run of its own, open to every user", async () => {
    const outcome = await run('ls /run/container-1; stat -c %a /run "$TMPDIR"; touch /run/left-here');
    assert.equal(outcome.stdout, "755\n1777\n");
    assert.equal((await run("ls /run")).stdout, "bundles\nmounts\n");
  });
});

describe("CgroupView", () => {
  test("lists cgroups by their path on the host, deepest first, and removes them", () => {
    const hierarchy = existsSync("/sys/fs/cgroup/pids") ? "/sys/fs/cgroup/pids" : "/sys/fs/cgroup";
    const outer = join(hierarchy, `libpod-${randomUUID()}`);
    mkdirSync(join(outer, "inner"), { recursive: true });
    const list = () => view.listCgroups(unnamedCgroups).filter((path) => path.startsWith(outer));
    assert.deepEqual(list(), [join(outer, "inner"), outer]);
    view.removeCgroups(list());
    assert.deepEqual(list(), []);
    assert.equal(existsSync(outer), false);
  });
});
