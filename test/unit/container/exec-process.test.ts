import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { changedProcess, type ProcessChanges, processFromFile } from "../../../src/container/exec-process.ts";
import { defaultSpec } from "../../../src/oci/spec.ts";
import type { Config, Process } from "../../../src/oci/types.ts";
import { withDirectory } from "../../helpers/directory.ts";

const none: ProcessChanges = {
  args: ["true"],
  cwd: undefined,
  env: [],
  terminal: false,
  user: undefined,
  additionalGids: [],
  selinuxLabel: undefined,
  apparmorProfile: undefined,
  noNewPrivileges: undefined,
  capabilities: [],
};

function configWith(process: Partial<Process> = {}): Config {
  const config = defaultSpec({ cgroup2: false });
  return { ...config, process: { cwd: "/", ...config.process, ...process } };
}

test("changedProcess() takes the container's process with another program, without its terminal", () => {
  const config = configWith({ terminal: true });
  const { process } = changedProcess(config, none);
  assert.deepEqual(process, { ...config.process, args: ["true"], terminal: false });
});

test("changedProcess() adds variables, groups and capabilities, and replaces the rest", () => {
  const config = configWith({
    env: ["A=a"],
    user: { uid: 1, gid: 2, additionalGids: [3], umask: 7 },
    capabilities: { bounding: ["CAP_KILL"], effective: [], permitted: [] },
  });
  const { process } = changedProcess(config, {
    ...none,
    env: ["A=b"],
    user: { uid: 5 },
    additionalGids: [6],
    capabilities: ["CAP_SYS_TIME"],
    cwd: "/tmp",
    apparmorProfile: "profile",
    selinuxLabel: "label",
    noNewPrivileges: true,
  });
  assert.deepEqual(process.env, ["A=a", "A=b"]);
  assert.deepEqual(process.user, { uid: 5, gid: 2, additionalGids: [3, 6], umask: 7 });
  assert.deepEqual(process.capabilities, {
    bounding: ["CAP_KILL", "CAP_SYS_TIME"],
    effective: ["CAP_SYS_TIME"],
    permitted: ["CAP_SYS_TIME"],
  });
  assert.deepEqual(
    [process.cwd, process.apparmorProfile, process.selinuxLabel, process.noNewPrivileges],
    ["/tmp", "profile", "label", true],
  );
});

test("changedProcess() takes no_new_privs from the container unless it is said", () => {
  const config = configWith({ noNewPrivileges: true });
  for (const [said, expected] of [
    [undefined, true],
    [true, true],
    [false, false],
  ] as const) {
    const { process } = changedProcess(config, { ...none, noNewPrivileges: said });
    assert.equal(process.noNewPrivileges, expected);
  }
});

test("changedProcess() makes capabilities ambient only beside inheritable ones, and none inheritable", () => {
  const config = configWith({ capabilities: { inheritable: ["CAP_KILL"] } });
  const { process } = changedProcess(config, { ...none, capabilities: ["CAP_CHOWN"] });
  assert.deepEqual(process.capabilities?.inheritable, ["CAP_KILL"]);
  assert.deepEqual(process.capabilities?.ambient, ["CAP_CHOWN"]);
});

test("changedProcess() refuses what cannot be, by its place in the process", () => {
  assert.throws(() => changedProcess(configWith(), { ...none, args: [] }), {
    message: "exec args cannot be empty",
  });
  assert.throws(
    () => changedProcess(configWith(), { ...none, cwd: "x" }),
    /process: \/cwd: must be an absolute path/,
  );
  assert.throws(
    () => changedProcess(configWith(), { ...none, env: ["x"] }),
    /process: \/env\/\d+: must be NAME=VALUE/,
  );
});

test("changedProcess() tells what came from config.json from what came from the command line", () => {
  const { placeOf } = changedProcess(configWith(), { ...none, cwd: "/tmp" });
  assert.equal(placeOf("/process/args/0"), undefined);
  assert.equal(placeOf("/process/cwd"), undefined);
  assert.equal(placeOf("/process/rlimits/0"), "config.json: /process/rlimits/0");
  assert.equal(placeOf("/linux/seccomp"), "config.json: /linux/seccomp");
});

/** The process that a file's text stands for. */
function fromFile(text: string, config = configWith()) {
  return withDirectory((directory) => {
    const path = join(directory, "process.json");
    writeFileSync(path, text);
    const resolved = processFromFile(config, path);
    return { ...resolved, path };
  });
}

test("processFromFile() takes rights and scheduling from the container where the file has none", () => {
  const capabilities = { bounding: ["CAP_KILL"] };
  const config = configWith({
    capabilities,
    oomScoreAdj: 5,
    apparmorProfile: "profile",
    noNewPrivileges: true,
    user: { uid: 1, umask: 0o77 },
  });
  const { process } = fromFile(
    '{"cwd":"/","args":["true"],"apparmorProfile":"","capabilities":null}',
    config,
  );
  assert.deepEqual(process, {
    cwd: "/",
    args: ["true"],
    capabilities,
    oomScoreAdj: 5,
    apparmorProfile: "profile",
    noNewPrivileges: false,
    user: { umask: 0o77 },
  });
});

test("processFromFile() names the file and the place in it", () => {
  const { placeOf, path } = fromFile('{"cwd":"/","args":["true"]}');
  assert.equal(placeOf("/process/args/0"), `${path}: /args/0`);
  assert.equal(placeOf("/process/capabilities"), "config.json: /process/capabilities");
  assert.throws(() => fromFile("{"), /process\.json: line 1/);
  assert.throws(() => fromFile('{"args":["true"]}'), /cwd/);
  assert.throws(() => fromFile('{"cwd":"/"}'), /process\.json: \/args: must name the program/);
});

test("processFromFile() refuses a process that is nested too deep to be looked through", () => {
  withDirectory((directory) => {
    const path = join(directory, "process.json");
    const config = defaultSpec({ cgroup2: false });
    const messages = new Set<string>();
    // Reading takes less of the stack than looking through, and each has an end of its own.
    for (let depth = 500; depth < 20_000; depth += 500) {
      const deep = `${'[{"a":'.repeat(depth)}0${"}]".repeat(depth)}`;
      writeFileSync(path, `{"args": ["true"], "cwd": "/", "unknown": ${deep}}`);
      try {
        processFromFile(config, path);
      } catch (error) {
        messages.add((error as Error).message);
      }
    }
    assert.deepEqual([...messages], [`invalid ${path}: nested too deep`]);
  });
});
