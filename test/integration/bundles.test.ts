import assert from "node:assert/strict";
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { leaveNothing } from "../helpers/leftovers.ts";
import { runtimePath } from "../helpers/runtime.ts";
import { patience } from "../helpers/wait.ts";

leaveNothing();

const options = {
  encoding: "utf8",
  env: { ...process.env, RUNTIME: runtimePath },
  timeout: patience,
  killSignal: "SIGKILL",
} as const;

const command = ["scripts/ts.mjs", "scripts/start.ts"];

/** Runs a bundle the way `npm start` does, without the build. */
function runBundle(name: string): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [...command, name], options);
}

test("the bundle hello shows what is isolated", () => {
  const { status, stdout, stderr } = runBundle("hello");
  assert.equal(status, 0, stderr);
  for (const line of [
    /^ {2}process id +1$/m,
    /^ {2}host name +hello$/m,
    /^ {2}network +lo/m,
    /^ {2}memory limit +64 MiB/m,
    /^ {2}processes +1=sh( \d+=sh)? $/m,
    /^ {2}\/usr +the host's, read-only$/m,
    /^ {2}\/tmp +scratch: a note$/m,
  ]) {
    assert.match(stdout, line);
  }
});

test("the bundle shell gives a shell on a terminal, and its exit status", () => {
  const line = [process.execPath, ...command, "shell"].join(" ");
  const { status, stdout } = spawnSync("script", ["-qec", line, "/dev/null"], {
    ...options,
    input: "tty; exit 3\n",
  });
  assert.equal(status, 3, stdout);
  assert.match(stdout, /\/dev\/(pts\/0|console)/);
});

test("npm start says that the bundle shell needs a terminal", () => {
  const { status, stderr } = spawnSync(process.execPath, [...command, "shell"], { ...options, input: "" });
  assert.equal(status, 1);
  assert.match(stderr, /^npm start: the bundle shell needs a terminal; standard input is none$/m);
});

test("the bundle limits shows its limits and that they hold", () => {
  const { status, stdout, stderr } = runBundle("limits");
  assert.equal(status, 0, stderr);
  assert.match(stdout, /(memory\.max|memory\.limit_in_bytes): 67108864/);
  assert.match(stdout, /(cpu\.max: 50000 100000|cpu\.cfs_quota_us: 50000)/);
  assert.match(stdout, /pids\.max: 10/);
  assert.match(stdout, /open files: 128/);
  assert.match(stdout, /the limit holds/);
});

test("the bundle hooks shows which hooks ran where", () => {
  const { status, stdout, stderr } = runBundle("hooks");
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^createRuntime, on the host, pid \d+$/m);
  assert.match(stdout, /^startContainer, inside, on hooks$/m);
});

test("the bundle rootless runs as an ordinary user", () => {
  const { status, stdout, stderr } = runBundle("rootless");
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^inside: uid 0; uid_map: +0 +65534 +1$/m);
});

test("every bundle has its line in bundles/README.md, and a test here", () => {
  const readme = readFileSync("bundles/README.md", "utf8");
  const tests = readFileSync("test/integration/bundles.test.ts", "utf8");
  for (const { name } of readdirSync("bundles", { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  )) {
    assert.ok(readme.includes(`- \`${name}\`: `), name);
    assert.ok(tests.includes(`the bundle ${name} `), name);
  }
});

test("npm start names what there is when a bundle is unknown", () => {
  const { status, stderr } = runBundle("nothing");
  assert.equal(status, 1);
  assert.match(stderr, /no bundle "nothing"; there are: hello, hooks, limits, rootless, shell/);
});
