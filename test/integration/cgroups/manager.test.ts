import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { geteuid, seteuid } from "node:process";
import { after, test } from "node:test";
import { encode, exit, move } from "../../../src/bpf/extended.ts";
import { readHostCgroups } from "../../../src/cgroups/host.ts";
import type { CgroupManager } from "../../../src/cgroups/manager.ts";
import { managerFrom, selectManager } from "../../../src/cgroups/select.ts";
import type { Resources } from "../../../src/oci/types.ts";
import { attachDeviceProgram, attachedDevicePrograms, loadDeviceProgram } from "../../../src/sys/bpf.ts";
import { AT_FDCWD, O_DIRECTORY, O_RDONLY, openat } from "../../../src/sys/files.ts";
import { local } from "../../../src/sys/local.ts";
import { Hand } from "../../../src/sys/stub/hand.ts";
import { HandMemory } from "../../../src/sys/stub/hand-memory.ts";
import { leaveNothing } from "../../helpers/leftovers.ts";
import { skipUnless } from "../../helpers/skip.ts";

leaveNothing();

const host = readHostCgroups();
/** The user of nobody (passwd(5), Debian). */
const NOBODY = 65534;
const parent = `/tsrun-test-${process.pid}`;
const name = `${parent}/container`;
const defaultDevices: Resources = { devices: [{ allow: false, access: "rwm" }] };

/** The managers that this machine can show: its own, and that of v2 alone wherever there is a v2 tree. */
const managers: Readonly<Record<string, () => CgroupManager>> = {
  [host.mode]: () => selectManager({ cgroupsPath: name, id: "x", systemd: false, rootless: false }),
  ...(host.mode === "hybrid"
    ? { v2: () => managerFrom({ mode: "v2", paths: { "": `${host.v2?.mountPoint}${name}` } }) }
    : {}),
};

/** Controllers that the root of the v2 tree hands down. */
function enabledControllers(): string[] {
  if (host.v2 === undefined) return [];
  return readFileSync(`${host.v2.mountPoint}/cgroup.subtree_control`, "utf8").split(/\s+/).filter(Boolean);
}

// The v2 manager turns on what there is. On a hybrid host that keeps others from mounting those controllers as v1.
const enabledBefore = enabledControllers();
after(() => {
  if (geteuid?.() !== 0) return;
  for (const controller of enabledControllers().filter((name) => !enabledBefore.includes(name))) {
    writeFileSync(`${host.v2?.mountPoint}/cgroup.subtree_control`, `-${controller}`);
  }
});

/** A program that does what lines on its stdin say, outside of any cgroup of ours. */
function startShell(): ChildProcess {
  return spawn("/bin/sh", ["-c", 'while read -r line; do eval "$line" && echo yes || echo no; done'], {
    stdio: ["pipe", "pipe", "ignore"],
  });
}

function pidOf(child: ChildProcess): number {
  assert.ok(child.pid !== undefined);
  return child.pid;
}

async function answer(shell: ChildProcess, line: string): Promise<string> {
  assert.ok(shell.stdin !== null && shell.stdout !== null);
  shell.stdin.write(`${line}\n`);
  const [data] = await once(shell.stdout, "data");
  return String(data).trim();
}

/** In how many hierarchies a process is in the cgroup of these tests. */
function hierarchiesOf(pid: number): number {
  return readFileSync(`/proc/${pid}/cgroup`, "utf8")
    .split("\n")
    .filter((line) => line.endsWith(`:${name}`)).length;
}

/** How many device programs the manager's v2 directory has of its own. */
function programsOf(manager: CgroupManager): number {
  using cgroup = openat(local, AT_FDCWD, manager.paths[""] ?? "", O_RDONLY | O_DIRECTORY);
  const programs = attachedDevicePrograms(local, cgroup.number);
  for (const program of programs) program[Symbol.dispose]();
  return programs.length;
}

/** Whether each of the manager's directories is there. */
function presence(manager: CgroupManager): Set<boolean> {
  return new Set(Object.values(manager.paths).map((path) => existsSync(path)));
}

/** Runs `body` with the cgroup of each manager and a program, and takes both away, whatever happens. */
function inCgroup(
  title: string,
  body: (manager: CgroupManager, shell: ChildProcess, make: () => CgroupManager) => Promise<void>,
): void {
  for (const [kind, make] of Object.entries(managers)) {
    test(`${kind}: ${title}`, async (t) => {
      if (!skipUnless(t, geteuid?.() === 0 && host.mode !== "none", "root")) return;
      const manager = make();
      const shell = startShell();
      try {
        manager.create();
        manager.limitDevices(defaultDevices);
        await body(manager, shell, make);
      } finally {
        manager.kill();
        shell.kill("SIGKILL");
        manager.undo();
      }
      assert.deepEqual(presence(manager), new Set([false]));
    });
  }
}

inCgroup("create() makes every directory and undo() takes them and their parents away", async (manager) => {
  assert.deepEqual(presence(manager), new Set([true]));
  assert.ok(manager.exists());
});

inCgroup("add() moves a process into every hierarchy", async (manager, shell) => {
  manager.add(pidOf(shell));
  assert.deepEqual(manager.pids(), [pidOf(shell)]);
  assert.equal(hierarchiesOf(pidOf(shell)), new Set(Object.values(manager.paths)).size);
});

inCgroup("limitDevices() leaves the default devices and no others", async (manager, shell) => {
  assert.equal(await answer(shell, "true < /dev/kmsg"), "yes");
  manager.add(pidOf(shell));
  assert.equal(await answer(shell, "true < /dev/kmsg"), "no");
  assert.equal(await answer(shell, "true < /dev/zero > /dev/null"), "yes");
});

inCgroup("limitDevices() replaces the rules of before, by one program on v2", async (manager, shell) => {
  const kmsg = { allow: true, type: "c", major: 1, minor: 11, access: "rw" } as const;
  manager.add(pidOf(shell));
  // More often than a cgroup can have programs (64).
  for (let round = 0; round < 70; round++) manager.limitDevices({ devices: [kmsg] });
  assert.equal(await answer(shell, "true < /dev/kmsg"), "yes");
  assert.equal(programsOf(manager), manager.mode === "v2" ? 1 : 0);
  manager.limitDevices(defaultDevices);
  assert.equal(await answer(shell, "true < /dev/kmsg"), "no");
  assert.equal(programsOf(manager), manager.mode === "v2" ? 1 : 0);
});

inCgroup("limitDevices() takes the place of all programs that others attached", async (manager, shell) => {
  if (manager.mode !== "v2") return;
  using cgroup = openat(local, AT_FDCWD, manager.paths[""] ?? "", O_RDONLY | O_DIRECTORY);
  for (const answer of [0, 1]) {
    using program = loadDeviceProgram(local, encode([move(0, answer), exit()]));
    attachDeviceProgram(local, cgroup.number, program.number);
  }
  assert.equal(programsOf(manager), 3);
  manager.add(pidOf(shell));
  assert.equal(await answer(shell, "true < /dev/zero"), "no");
  manager.limitDevices(defaultDevices);
  assert.equal(programsOf(manager), 1);
  assert.equal(await answer(shell, "true < /dev/zero"), "yes");
});

inCgroup("freeze() stops the processes until thaw()", async (manager, shell) => {
  manager.add(pidOf(shell));
  manager.freeze();
  assert.ok(manager.isFrozen());
  const late = Promise.race([answer(shell, ":"), new Promise((done) => setTimeout(done, 200, "silence"))]);
  assert.equal(await late, "silence");
  manager.thaw();
  assert.ok(!manager.isFrozen());
});

inCgroup("kill() ends frozen processes and those in cgroups below", async (manager, shell) => {
  manager.add(pidOf(shell));
  const below = Object.values(manager.paths).map((path) => `${path}/below`);
  for (const path of new Set(below)) mkdirSync(path);
  manager.freeze();
  manager.kill();
  await once(shell, "exit");
  assert.deepEqual(manager.pids(), []);
});

inCgroup(
  "create() refuses a cgroup with processes in it, and undo() leaves it alone",
  async (manager, shell, make) => {
    manager.add(pidOf(shell));
    const second = make();
    assert.throws(() => second.create(), {
      message: /container's cgroup is not empty: 1 process\(es\) found/,
    });
    second.undo();
    assert.deepEqual(manager.pids(), [pidOf(shell)]);
  },
);

inCgroup("create() refuses a frozen cgroup", async (manager, _shell, make) => {
  manager.freeze();
  assert.throws(() => make().create(), { message: /container's cgroup unexpectedly frozen/ });
  manager.thaw();
});

inCgroup("remove() waits for the end of a process that is being killed", async (manager, shell) => {
  manager.add(pidOf(shell));
  for (const path of new Set(Object.values(manager.paths)))
    mkdirSync(`${path}/below/deeper`, { recursive: true });
  const ended = once(shell, "exit");
  manager.kill();
  manager.remove();
  assert.ok(!manager.exists());
  await ended;
});

inCgroup("managerFrom() removes the cgroup but not its parents", async (manager) => {
  managerFrom(JSON.parse(JSON.stringify({ mode: manager.mode, paths: manager.paths }))).remove();
  assert.ok(!manager.exists());
  const parents = Object.values(manager.paths).map((path) => path.slice(0, -"/container".length));
  assert.ok([...new Set(parents)].every((path) => existsSync(path)));
});

inCgroup("apply() names the controller that a limit needs and the host lacks", async (manager) => {
  const hugepageLimits = [{ pageSize: "3MB", limit: 0 }];
  assert.throws(() => manager.apply({ hugepageLimits }), {
    message: /cgroup controller hugetlb: writing "0" to .*hugetlb\.3MB/,
    pointer: "/linux/resources/hugepageLimits/0",
  });
});

inCgroup("oomKilled() is false where nothing was killed", async (manager) => {
  assert.equal(manager.oomKilled(), false);
});

test("a v1 manager sets the limits of cpu, cpuset, memory and pids", (t) => {
  if (!skipUnless(t, geteuid?.() === 0 && host.v1.length > 0, "cgroupV1")) return;
  const manager = selectManager({ cgroupsPath: name, id: "x", systemd: false, rootless: false });
  try {
    manager.create();
    manager.apply({
      cpu: { shares: 512, quota: 50000, period: 200000, cpus: "0", mems: "0" },
      memory: { limit: 67108864, swap: 134217728, reservation: 33554432 },
      pids: { limit: 17 },
    });
    const value = (controller: string, file: string) => {
      return readFileSync(`${manager.paths[controller]}/${controller}.${file}`, "utf8").trim();
    };
    assert.deepEqual(
      [
        value("cpu", "shares"),
        value("cpu", "cfs_quota_us"),
        value("cpu", "cfs_period_us"),
        value("cpuset", "cpus"),
      ],
      ["512", "50000", "200000", "0"],
    );
    assert.deepEqual(
      [value("memory", "limit_in_bytes"), value("memory", "memsw.limit_in_bytes"), value("pids", "max")],
      ["67108864", "134217728", "17"],
    );
  } finally {
    manager.undo();
  }
});

test("a v1 manager fills cpusets above its own that somebody made and left empty", (t) => {
  if (!skipUnless(t, geteuid?.() === 0 && host.v1.length > 0, "cgroupV1")) return;
  const manager = selectManager({ cgroupsPath: name, id: "x", systemd: false, rootless: false });
  const above = manager.paths["cpuset"]?.slice(0, -"/container".length) ?? "";
  mkdirSync(above);
  try {
    manager.create();
    const cpus = (path: string) => readFileSync(`${path}/cpuset.cpus`, "utf8");
    assert.equal(
      cpus(`${above}/container`),
      cpus(host.v1.find(({ controllers }) => controllers[0] === "cpuset")?.mountPoint ?? ""),
    );
  } finally {
    manager.undo();
    rmdirSync(above);
  }
});

test("a rootless manager does without cgroups that it may not make, until a limit is asked for", (t) => {
  if (!skipUnless(t, geteuid?.() === 0 && host.mode !== "none", "root")) return;
  const manager = selectManager({
    cgroupsPath: undefined,
    id: name.slice(1),
    systemd: false,
    rootless: true,
  });
  seteuid?.(NOBODY);
  try {
    manager.create();
    manager.limitDevices(defaultDevices);
    assert.deepEqual([manager.paths, manager.pids(), manager.exists()], [{}, [], false]);
    manager.apply({ pids: { limit: -1 }, memory: { limit: -1 }, cpu: { quota: -1 } });
    assert.throws(() => manager.apply({ pids: { limit: 7 } }), {
      message: /^cannot set pids limit: container could not join or create cgroup/,
      pointer: "/linux/resources/pids/limit",
    });
    const given = selectManager({ cgroupsPath: name, id: "x", systemd: false, rootless: true });
    assert.throws(() => given.create(), { message: /^creating cgroup /, pointer: "/linux/cgroupsPath" });
  } finally {
    seteuid?.(0);
  }
});

// The last, as Node starts no programs any more once a hand has been cloned (src/sys/stub/lean-clone.ts).
inCgroup("directoryForClone() and entrance() bring a hand into every hierarchy", async (manager) => {
  using entrance = manager.entrance();
  using directory = openat(local, AT_FDCWD, manager.directoryForClone() ?? "/", O_RDONLY | O_DIRECTORY);
  const cgroup = manager.directoryForClone() === undefined ? undefined : directory.number;
  const hand = Hand.clone(new HandMemory(1 << 20), { namespaces: 0, cgroup });
  try {
    entrance.enter(hand, hand.pid);
    hand.flush();
    assert.equal(hierarchiesOf(hand.pid), new Set(Object.values(manager.paths)).size);
  } finally {
    hand.destroy();
  }
});
