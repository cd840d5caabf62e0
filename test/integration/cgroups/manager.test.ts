// The one interface of all managers of cgroups: v1, v2 and systemd do the same (src/cgroups/manager.ts).
import assert from "node:assert/strict";
import { once } from "node:events";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { geteuid } from "node:process";
import { test } from "node:test";
import { managerFrom } from "../../../src/cgroups/select.ts";
import { AT_FDCWD, O_DIRECTORY, O_RDONLY, openat } from "../../../src/sys/files.ts";
import { local } from "../../../src/sys/local.ts";
import { Hand } from "../../../src/sys/stub/hand.ts";
import { HandMemory } from "../../../src/sys/stub/hand-memory.ts";
import {
  canLimit,
  directories,
  Guest,
  giveControllersBack,
  host,
  inCgroup,
  managers,
  presence,
  valueIn,
} from "../../helpers/cgroup-managers.ts";
import { leaveNothing } from "../../helpers/leftovers.ts";
import { skipUnless } from "../../helpers/skip.ts";
import { until } from "../../helpers/wait.ts";

leaveNothing();
giveControllersBack();

const MiB = 2 ** 20;
/** A file by its name on v1, with the controller, and on v2. */
type File = readonly [v1: readonly [controller: string, file: string], v2: string];
const pidsMax: File = [["pids", "pids.max"], "pids.max"];
const memoryMax: File = [["memory", "memory.limit_in_bytes"], "memory.max"];
const weight: File = [["cpu", "cpu.shares"], "cpu.weight"];

/** In how many of the manager's directories a process is. */
function places(paths: readonly string[], pid: number): number {
  const members = (path: string) => readFileSync(`${path}/cgroup.procs`, "utf8").split("\n");
  return paths.filter((path) => members(path).includes(String(pid))).length;
}

inCgroup("create() and a first process make every directory, undo() takes all away", ({ manager, guest }) => {
  if (manager.systemd === undefined) assert.deepEqual(presence(manager), new Set([true]));
  else assert.ok(!manager.exists());
  guest.enter();
  assert.deepEqual(presence(manager), new Set([true]));
  assert.ok(manager.exists());
});

inCgroup("a process comes into every hierarchy, and others after it", ({ manager, guest }) => {
  guest.enter();
  assert.deepEqual(manager.pids(), [guest.pid]);
  const second = new Guest(manager);
  try {
    second.enter();
    assert.deepEqual(
      manager.pids(),
      [guest.pid, second.pid].sort((a, b) => a - b),
    );
    for (const { pid } of [guest, second]) {
      assert.equal(places(directories(manager), pid), directories(manager).length);
    }
  } finally {
    second.child.kill("SIGKILL");
  }
});

inCgroup("apply() sets limits before the first process is in", async ({ manager, guest, t }) => {
  if (!skipUnless(t, canLimit(manager), "cgroupController")) return;
  manager.apply({ pids: { limit: 7 }, memory: { limit: 16 * MiB }, cpu: { shares: 512 } });
  guest.enter();
  assert.deepEqual(
    [valueIn(manager, ...pidsMax), valueIn(manager, ...memoryMax), valueIn(manager, ...weight)],
    ["7", String(16 * MiB), manager.mode === "v2" ? "59" : "512"],
  );
  assert.equal(
    await guest.answer("(for i in 1 2 3 4 5 6 7 8; do sleep 1000 >/dev/null & done) 2>/dev/null"),
    "no",
  );
});

inCgroup("update() changes what it is told and nothing else", ({ manager, guest, t }) => {
  if (!skipUnless(t, canLimit(manager), "cgroupController")) return;
  manager.apply({ pids: { limit: 7 }, memory: { limit: 16 * MiB } });
  guest.enter();
  manager.update({ pids: { limit: 9 } });
  assert.deepEqual([valueIn(manager, ...pidsMax), valueIn(manager, ...memoryMax)], ["9", String(16 * MiB)]);
  manager.update({ pids: { limit: -1 }, memory: { limit: 32 * MiB } });
  assert.deepEqual([valueIn(manager, ...pidsMax), valueIn(manager, ...memoryMax)], ["max", String(32 * MiB)]);
});

inCgroup("update() leaves all as it was when one limit is refused", ({ manager, guest, t }) => {
  if (!skipUnless(t, canLimit(manager), "cgroupController")) return;
  manager.apply({ pids: { limit: 7 }, memory: { limit: 16 * MiB }, cpu: { shares: 512 } });
  guest.enter();
  const values = () => [pidsMax, memoryMax, weight].map((file) => valueIn(manager, ...file));
  const before = values();
  const refused = {
    pids: { limit: 9 },
    memory: { limit: 32 * MiB },
    cpu: { shares: 2048 },
    hugepageLimits: [{ pageSize: "3MB", limit: 0 }],
  };
  assert.throws(() => manager.update(refused), { pointer: "/linux/resources/hugepageLimits/0" });
  assert.deepEqual(values(), before);
  const unsaved = () => {
    assert.equal(valueIn(manager, ...pidsMax), "9");
    throw new Error("no room");
  };
  assert.throws(() => manager.update({ pids: { limit: 9 } }, unsaved), { message: "no room" });
  assert.deepEqual(values(), before);
});

inCgroup("apply() names the controller that a limit needs and the host lacks", ({ manager, guest }) => {
  guest.enter();
  const hugepageLimits = [{ pageSize: "3MB", limit: 0 }];
  assert.throws(() => manager.apply({ hugepageLimits }), {
    message: /cgroup controller hugetlb: writing "0" to .*hugetlb\.3MB/,
    pointer: "/linux/resources/hugepageLimits/0",
  });
});

inCgroup("stats() counts what is in the cgroup", async ({ manager, guest, t }) => {
  if (!skipUnless(t, canLimit(manager), "cgroupController")) return;
  guest.enter();
  await guest.answer("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done");
  const { pids, memory, cpu } = manager.stats();
  assert.deepEqual([pids.current, memory.usage.usage > 0n, cpu.total > 0n], [1n, true, true]);
});

inCgroup("freeze() stops the processes until thaw()", async ({ manager, guest }) => {
  guest.enter();
  manager.freeze();
  assert.ok(manager.isFrozen());
  const silence = new Promise((done) => setTimeout(done, 200, "silence"));
  const late = guest.answer(":");
  assert.equal(await Promise.race([late, silence]), "silence");
  manager.thaw();
  assert.ok(!manager.isFrozen());
  assert.equal(await late, "yes");
});

inCgroup("kill() ends frozen processes and those in cgroups below", async ({ manager, guest }) => {
  guest.enter();
  for (const path of directories(manager)) mkdirSync(`${path}/below`);
  manager.freeze();
  const ended = once(guest.child, "exit");
  manager.kill();
  await ended;
  assert.deepEqual(manager.pids(), []);
});

inCgroup(
  "create() refuses a cgroup with processes in it, and undo() leaves it",
  ({ manager, guest, make }) => {
    guest.enter();
    const second = make();
    assert.throws(() => second.create(), {
      message: /container's cgroup is not empty: 1 process\(es\) found/,
    });
    second.undo();
    assert.deepEqual(manager.pids(), [guest.pid]);
  },
);

inCgroup(
  "create() refuses a frozen cgroup",
  ({ manager, make }) => {
    manager.freeze();
    assert.throws(() => make().create(), { message: /container's cgroup unexpectedly frozen/ });
    manager.thaw();
  },
  // Its scope is never without a process.
  { except: ["systemd"] },
);

/** Makes a cgroup whose name is no UTF-8, and in it others, deeper than a path can say. @returns the deepest one, to be closed */
function bury(directory: string): number {
  const odd = Buffer.concat([Buffer.from(`${directory}/a`), Buffer.of(0xff), Buffer.from("\ufeffb")]);
  mkdirSync(odd);
  let fd = openSync(odd, "r");
  for (let depth = 0; depth < 30; depth++) {
    const path = `/proc/self/fd/${fd}/${"n".repeat(200)}`;
    mkdirSync(path);
    const next = openSync(path, "r");
    closeSync(fd);
    fd = next;
  }
  return fd;
}

inCgroup(
  "pids(), kill() and remove() reach what is deep down under odd names",
  async ({ manager, guest }) => {
    guest.enter();
    for (const directory of directories(manager)) {
      const fd = bury(directory);
      // A new cpuset of v1 has no CPUs, and so takes no process.
      if (directory !== manager.paths["cpuset"]) {
        writeFileSync(`/proc/self/fd/${fd}/cgroup.procs`, String(guest.pid));
      }
      closeSync(fd);
    }
    assert.deepEqual(manager.pids(), [guest.pid]);
    manager.kill();
    await once(guest.child, "exit");
    manager.remove();
    assert.deepEqual(presence(manager), new Set([false]));
  },
);

inCgroup("remove() waits for the end of a process that is being killed", async ({ manager, guest }) => {
  guest.enter();
  for (const path of directories(manager)) mkdirSync(`${path}/below/deeper`, { recursive: true });
  const ended = once(guest.child, "exit");
  manager.kill();
  manager.remove();
  assert.ok(!manager.exists());
  await ended;
});

inCgroup("managerFrom() finds the cgroup by what is saved of it", async ({ manager, guest }) => {
  guest.enter();
  const { mode, paths, systemd } = manager;
  const saved = JSON.parse(JSON.stringify({ mode, paths, systemd }));
  const found = managerFrom(saved);
  assert.ok(found.exists());
  assert.deepEqual(found.pids(), [guest.pid]);
  found.freeze();
  assert.ok(manager.isFrozen());
  found.thaw();
  found.kill();
  found.remove();
  assert.ok(!manager.exists());
  const above = directories(manager).map(dirname);
  assert.ok(
    above.every((path) => existsSync(path)),
    "parents stay, as with runc",
  );
});

inCgroup("oomKilled() is false where nothing was killed", ({ manager, guest }) => {
  assert.equal(manager.oomKilled(), false);
  guest.enter();
  assert.equal(manager.oomKilled(), false);
});

inCgroup(
  "watchOom() and oomKilled() tell of a process that wanted too much",
  async ({ manager, guest, t }) => {
    if (!skipUnless(t, canLimit(manager), "cgroupController")) return;
    // Without swap, whatever the host has of it: tail keeps what it is to print.
    manager.apply({ memory: { limit: 8 * MiB, swap: 8 * MiB } });
    guest.enter();
    using watch = manager.watchOom();
    assert.equal(watch.happened(), false);
    await guest.answer("head -c 64m /dev/zero | tail -c 32m >/dev/null 2>&1");
    until("the kernel to tell of it", () => watch.happened());
    assert.ok(manager.oomKilled());
    assert.deepEqual(manager.pids(), [guest.pid]);
  },
);

for (const [kind, make] of Object.entries(managers)) {
  test(`${kind}: a cgroup that was never made is not there, and nothing has to be done to it`, (t) => {
    if (!skipUnless(t, geteuid?.() === 0 && host.mode !== "none", "root")) return;
    const manager = make();
    assert.deepEqual([manager.exists(), manager.pids(), manager.isFrozen()], [false, [], false]);
    manager.kill();
    manager.undo();
    manager.remove();
  });
}

// The last, as Node starts no programs any more once a hand has been cloned (src/sys/stub/lean-clone.ts).
inCgroup("directoryForClone() and entrance() bring a hand into every hierarchy", ({ manager }) => {
  using entrance = manager.entrance();
  using directory = openat(local, AT_FDCWD, manager.directoryForClone() ?? "/", O_RDONLY | O_DIRECTORY);
  const cgroup = manager.directoryForClone() === undefined ? undefined : directory.number;
  const hand = Hand.clone(new HandMemory(1 << 20), { namespaces: 0, cgroup });
  try {
    entrance.enter(hand, hand.pid);
    hand.flush();
    assert.equal(places(directories(manager), hand.pid), directories(manager).length);
  } finally {
    hand.destroy();
  }
});
