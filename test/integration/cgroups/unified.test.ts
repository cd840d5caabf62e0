// Containers on a host of cgroup v2 alone, seen from outside and inside.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { geteuid } from "node:process";
import { cgroupDriver, cgroupMode } from "../../helpers/cgroups.ts";
import { type Config, setNamespace } from "../../helpers/config.ts";
import { it } from "../../helpers/it.ts";
import { leaveNothing } from "../../helpers/leftovers.ts";
import type { Sandbox } from "../../helpers/sandbox.ts";
import { skipUnless } from "../../helpers/skip.ts";
import { until } from "../../helpers/wait.ts";

leaveNothing();

const ROOT = "/sys/fs/cgroup";
const MiB = 1024 * 1024;

/** A test of a host of cgroup v2 alone. */
function onV2(title: string, body: (box: Sandbox) => void): void {
  it(title, (box, t) => {
    if (!skipUnless(t, geteuid?.() === 0, "root")) return;
    if (skipUnless(t, cgroupMode === "v2", "cgroupV2")) body(box);
  });
}

/** The same, where the place of the cgroup is free to choose. */
function onV2Anywhere(title: string, body: (box: Sandbox) => void): void {
  it(title, (box, t) => {
    if (!skipUnless(t, cgroupMode === "v2", "cgroupV2")) return;
    if (skipUnless(t, cgroupDriver === "cgroupfs", "cgroupfsDriver")) body(box);
  });
}

/** The container has its own cgroup as its root, and may write there. */
function mountForWriting(config: Config): void {
  setNamespace(config, "cgroup");
  const others = config.mounts.filter(({ destination }) => destination !== ROOT);
  config.mounts = [
    ...others,
    { destination: ROOT, type: "cgroup", source: "cgroup", options: ["nosuid", "rw"] },
  ];
}

onV2("the container's user gets a cgroup that is mounted for writing, but not its limits", (box) => {
  const script = [
    `mkdir ${ROOT}/below && echo made`,
    `echo 0 > ${ROOT}/below/cgroup.procs && echo moved`,
    `echo 1000 > ${ROOT}/pids.max || echo refused`,
  ].join("; ");
  const printed = box.output(["/bin/sh", "-c", script], (config) => {
    mountForWriting(config);
    config.process.user = { uid: 7, gid: 7 };
    config.linux.resources = { ...config.linux.resources, pids: { limit: 20 } };
  });
  assert.deepEqual(printed.trim().split("\n"), ["made", "moved", "refused"]);
});

onV2("delete removes the cgroups that the container has made, with everybody in them", (box) => {
  const script = [
    `mkdir -p ${ROOT}/a/b ${ROOT}/c`,
    `for d in a a/b c; do sh -c "echo 0 > ${ROOT}/$d/cgroup.procs; exec sleep 1000000" & done`,
    "echo ready; wait",
  ].join("; ");
  const { id, output } = box.create(["/bin/sh", "-c", script], mountForWriting);
  box.succeed(["start", id]);
  until("the container to be ready", () => output().includes("ready"));
  box.succeed(["delete", "--force", id]);
  box.assertEmpty();
});

onV2("a file of a controller that the host lacks is refused by its name, and no other config is", (box) => {
  const ask = (unified: Record<string, string>) => (config: Config) => {
    config.linux.resources = { ...config.linux.resources, unified };
  };
  const bundle = box.bundle(ask({ "nothing.max": "1" }));
  const line = box.fail(["create", "--bundle", bundle, box.newId()]);
  assert.match(line, /unified resource ."?nothing\.max.*controller ."?nothing.* not available/);
  assert.equal(box.run(ask({ "memory.high": `${32 * MiB}` })).status, 0);
});

/** A process in a cgroup of its own, which is the place for the containers of `body`. */
function besideProcess(box: Sandbox, body: (path: string) => void): void {
  const path = `/${box.newId()}`;
  mkdirSync(ROOT + path);
  const sleeper: ChildProcess = spawn("sleep", ["1000000"], { stdio: "ignore" });
  try {
    writeFileSync(`${ROOT}${path}/cgroup.procs`, String(sleeper.pid));
    body(path);
  } finally {
    sleeper.kill("SIGKILL");
    until("the process's cgroup to go", () => removed(ROOT + path));
  }
}

function removed(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch {
    return false;
  }
}

const below = (path: string, resources: Record<string, unknown>) => (config: Config) => {
  config.linux.cgroupsPath = `${path}/container`;
  config.linux.resources = { ...config.linux.resources, ...resources };
};

onV2Anywhere("a container without limits runs below a cgroup that has processes", (box) => {
  besideProcess(box, (path) => assert.equal(box.run(below(path, {})).status, 0));
});

onV2Anywhere("a container below a cgroup that has processes can have limits for threads", (box) => {
  besideProcess(box, (path) => {
    const { id } = box.create(["/bin/sleep", "1000000"], below(path, { pids: { limit: 20 } }));
    box.succeed(["start", id]);
    assert.equal(readFileSync(`${ROOT}${path}/container/pids.max`, "utf8"), "20\n");
    assert.equal(box.succeed(["ps", "--format", "json", id]).stdout.trim(), `[${box.state(id).pid}]`);
    box.succeed(["delete", "--force", id]);
  });
});

onV2Anywhere("a memory limit below a cgroup that has processes is refused with what to do", (box) => {
  besideProcess(box, (path) => {
    const bundle = box.bundle(below(path, { memory: { limit: 32 * MiB } }));
    const line = box.fail(["create", "--bundle", bundle, box.newId()]);
    assert.match(line, /memory\.max.*has processes of its own.*choose another cgroupsPath/);
    assert.ok(!existsSync(`${ROOT}${path}/container`));
  });
});

onV2Anywhere("a cgroup that hands controllers down takes no container, and create says so", (box) => {
  const path = `/${box.newId()}`;
  mkdirSync(ROOT + path);
  try {
    writeFileSync(`${ROOT}/cgroup.subtree_control`, "+memory");
    writeFileSync(`${ROOT}${path}/cgroup.subtree_control`, "+memory");
    const bundle = box.bundle((config) => {
      config.linux.cgroupsPath = path;
    });
    const line = box.fail(["create", "--bundle", bundle, box.newId()]);
    assert.match(line, /device or resource busy.*hands controllers down.*choose another cgroupsPath/);
  } finally {
    removed(ROOT + path);
  }
});
