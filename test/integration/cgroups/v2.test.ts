// What cgroup v2 alone has: threaded cgroups, controllers that are handed down, delegation. Wherever there is a v2 tree.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { geteuid } from "node:process";
import { test } from "node:test";
import { readHostCgroups } from "../../../src/cgroups/host.ts";
import type { CgroupManager, ManagerOptions } from "../../../src/cgroups/manager.ts";
import { V2Manager } from "../../../src/cgroups/v2/manager.ts";
import { AT_FDCWD, O_DIRECTORY, O_RDONLY, openat } from "../../../src/sys/files.ts";
import { local } from "../../../src/sys/local.ts";
import { Hand } from "../../../src/sys/stub/hand.ts";
import { HandMemory } from "../../../src/sys/stub/hand-memory.ts";
import { giveControllersBack } from "../../helpers/cgroup-managers.ts";
import { leaveNothing } from "../../helpers/leftovers.ts";
import { skipUnless } from "../../helpers/skip.ts";

leaveNothing();
giveControllersBack();

const mountPoint = readHostCgroups().v2?.mountPoint;
const MiB = 1024 * 1024;
const OWNER = 12345;

/** Runs `body` with a directory of the v2 tree, and takes it away afterwards. */
function inTree(
  title: string,
  controllers: readonly string[],
  body: (parent: string, manager: (options?: Partial<ManagerOptions>) => CgroupManager) => void,
): void {
  test(title, (t) => {
    if (!skipUnless(t, geteuid?.() === 0 && mountPoint !== undefined, "root")) return;
    const there = readFileSync(`${mountPoint}/cgroup.controllers`, "utf8").trim().split(" ");
    if (
      !skipUnless(
        t,
        controllers.every((controller) => there.includes(controller)),
        "cgroupV2",
      )
    )
      return;
    const parent = `${mountPoint}/tsrun-test-v2-${process.pid}`;
    mkdirSync(parent);
    try {
      body(parent, (options = {}) => {
        return new V2Manager({ "": `${parent}/container` }, { lenient: false, rootless: false, ...options });
      });
    } finally {
      rmdirSync(parent);
    }
  });
}

const type = (directory: string) => readFileSync(`${directory}/cgroup.type`, "utf8").trim();

/** A process in a cgroup, by clone3(2) or however it gets there. */
function bornIn(directory: string): Hand {
  using cgroup = openat(local, AT_FDCWD, directory, O_RDONLY | O_DIRECTORY);
  return Hand.clone(new HandMemory(1 << 20), { namespaces: 0, cgroup: cgroup.number });
}

inTree("create() below a threaded cgroup makes a threaded one, which init is born in", [], (parent, make) => {
  writeFileSync(`${parent}/cgroup.type`, "threaded");
  const manager = make();
  manager.create();
  try {
    assert.equal(type(`${parent}/container`), "threaded");
    const hand = bornIn(`${parent}/container`);
    try {
      assert.deepEqual(manager.pids(), [hand.pid]);
      manager.freeze();
      assert.ok(manager.isFrozen());
      manager.thaw();
      manager.kill();
    } finally {
      hand.destroy();
    }
  } finally {
    manager.undo();
  }
});

inTree("a cgroup in an invalid state takes nobody, and the kernel's reason is told", [], (parent) => {
  writeFileSync(`${parent}/cgroup.type`, "threaded");
  const invalid = `${parent}/invalid`;
  mkdirSync(invalid);
  try {
    // A kernel without clone3 is asked by a write to cgroup.procs.
    assert.throws(() => bornIn(invalid), { syscall: /^(?:clone3|write)$/, code: "ENOTSUP" });
  } finally {
    rmdirSync(invalid);
  }
});

inTree(
  "apply() explains limits for whole processes in a threaded cgroup, in runc's words",
  [],
  (parent, make) => {
    writeFileSync(`${parent}/cgroup.type`, "threaded");
    const manager = make();
    manager.create();
    try {
      assert.throws(() => manager.apply({ memory: { limit: MiB } }), {
        message: /^cannot enter cgroupv2 ".*\/container" with domain controllers -- it is in threaded mode/,
        pointer: "/linux/resources/memory/limit",
      });
    } finally {
      manager.undo();
    }
  },
);

inTree("apply() says which cgroup has processes and so hands no memory down", ["memory"], (parent, make) => {
  const hand = bornIn(parent);
  const manager = make();
  try {
    manager.create();
    assert.equal(type(parent), "domain");
    assert.throws(() => manager.apply({ memory: { limit: MiB } }), {
      message: /^cgroup controller memory: writing "1048576" to .*\/container\/memory\.max$/,
      hint: /tsrun-test-v2-\d+ has processes of its own \(1 with those below\).*"no internal processes"/,
    });
    assert.equal(type(parent), "domain");
  } finally {
    manager.undo();
    hand.destroy();
  }
});

inTree(
  "apply() limits processes below a cgroup that has some, by threaded mode",
  ["pids"],
  (parent, make) => {
    const hand = bornIn(parent);
    const manager = make();
    try {
      manager.create();
      manager.apply({ pids: { limit: 7 } });
      assert.equal(readFileSync(`${parent}/container/pids.max`, "utf8"), "7\n");
      assert.deepEqual([type(parent), type(`${parent}/container`)], ["domain threaded", "threaded"]);
    } finally {
      manager.undo();
      hand.destroy();
    }
  },
);

inTree("apply() tells a file that the kernel lacks from a controller", ["pids"], (_parent, make) => {
  const manager = make();
  manager.create();
  try {
    const unified = { "pids.none": "1" };
    assert.throws(() => manager.apply({ unified }), {
      message: 'unable to set unified resource "pids.none"',
      hint: "the kernel has no pids.none in this cgroup",
    });
  } finally {
    manager.undo();
  }
});

inTree("apply() names the file of a cgroup that has gone", [], (parent, make) => {
  assert.throws(() => make().apply({ pids: { limit: 7 } }), {
    message: `cgroup controller pids: writing "7" to ${parent}/container/pids.max`,
  });
});

inTree("update() puts all back when the kernel refuses one value", ["cpu", "memory"], (parent, make) => {
  const manager = make();
  manager.create();
  const values = () => {
    const read = (file: string) => readFileSync(`${parent}/container/${file}`, "utf8").trim();
    return ["memory.max", "cpu.max", "cpu.weight", "cpu.max.burst"].map(read);
  };
  try {
    manager.apply({
      memory: { limit: 8 * MiB },
      cpu: { quota: 50_000, period: 100_000, shares: 512, burst: 1000 },
    });
    const before = values();
    assert.deepEqual(before, [`${8 * MiB}`, "50000 100000", "59", "1000"]);
    const refused = { memory: { limit: 16 * MiB }, cpu: { shares: 2048, quota: 1, period: 100_000 } };
    assert.throws(() => manager.update(refused), { message: /cpu\.max/ });
    assert.deepEqual(values(), before);
    manager.update({ cpu: { quota: 20_000, period: 50_000, burst: 20_000 } });
    assert.deepEqual(values(), [`${8 * MiB}`, "20000 50000", "59", "20000"]);
    manager.update({ cpu: { quota: 5_000, period: 50_000, burst: 5_000 } });
    manager.update({ cpu: { idle: 1, shares: 512 } });
    manager.update({ cpu: { idle: 0, shares: 512 } });
    assert.deepEqual(values(), [`${8 * MiB}`, "5000 50000", "59", "5000"]);
  } finally {
    manager.undo();
  }
});

inTree(
  "update() refuses a limit below the usage where checkBeforeUpdate says so",
  ["memory"],
  (parent, make) => {
    const manager = make();
    manager.create();
    const hand = bornIn(`${parent}/container`);
    try {
      // What the kernel charges for the process itself may be nothing: PROT_READ|WRITE, MAP_PRIVATE|ANONYMOUS|POPULATE.
      hand.call({ name: "mmap", args: [0, 1 << 20, 3, 0x8022, -1, 0] });
      const memory = { limit: 4096, checkBeforeUpdate: true };
      assert.throws(() => manager.update({ memory }), {
        message: /^rejecting memory limit 4096 <= usage \d+$/,
      });
      assert.equal(readFileSync(`${parent}/container/memory.max`, "utf8"), "max\n");
    } finally {
      manager.kill();
      hand.destroy();
      manager.undo();
    }
  },
);

inTree("create() hands the cgroup over to its owner, but not its limits", [], (parent, make) => {
  const manager = make({ owner: OWNER });
  manager.create();
  const owner = (file: string) => statSync(`${parent}/container/${file}`).uid;
  try {
    const given = ["", "cgroup.procs", "cgroup.threads", "cgroup.subtree_control"];
    assert.deepEqual(given.map(owner), [OWNER, OWNER, OWNER, OWNER]);
    assert.deepEqual(["cgroup.freeze", "cgroup.max.depth", "cgroup.type"].map(owner), [0, 0, 0]);
    assert.equal(statSync(parent).uid, 0);
  } finally {
    manager.undo();
  }
});
