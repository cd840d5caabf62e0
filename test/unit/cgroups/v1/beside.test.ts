import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { V1Manager } from "../../../../src/cgroups/v1/manager.ts";

const root = mkdtempSync(join(tmpdir(), "tsrun-test-"));
after(() => rmSync(root, { recursive: true }));

/** Files below `root`, with what is in them. */
function fill(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

const read = (path: string) => readFileSync(join(root, path), "utf8");

/** A host whose kernel has `memory` and `io` on v2 and `pids` on v1, in plain files, which keep what isn't overwritten. */
function hybridHost(controllers = "io memory rdma\n"): V1Manager {
  fill({
    "pids/box/pids.max": "9",
    "unified/cgroup.controllers": controllers,
    "unified/cgroup.subtree_control": "",
    "unified/box/memory.max": "999",
    "unified/box/memory.swap.max": "999",
    "unified/box/memory.events": "oom 0\noom_kill 0\n",
    "unified/box/io.bfq.weight": "",
    "unified/box/cgroup.freeze": "0",
  });
  const paths = { pids: join(root, "pids/box"), "": join(root, "unified/box") };
  return new V1Manager("hybrid", paths, { lenient: false, rootless: false });
}

test("a hybrid manager limits on v2 what is in no v1 hierarchy, and turns it on there", () => {
  hybridHost().apply({
    pids: { limit: 7 },
    memory: { limit: 100, swap: 300 },
    blockIO: { weight: 50 },
  });
  assert.deepEqual(
    [read("pids/box/pids.max"), read("unified/box/memory.max"), read("unified/box/memory.swap.max")],
    ["7", "100", "200"],
  );
  assert.equal(read("unified/box/io.bfq.weight"), "50");
  assert.equal(read("unified/cgroup.subtree_control"), "+memory +io");
});

test("a hybrid manager leaves the v2 tree alone where v1 has everything", () => {
  hybridHost().apply({ pids: { limit: 7 } });
  assert.equal(read("unified/cgroup.subtree_control"), "");
});

test("a hybrid manager's update of both trees is all or nothing", () => {
  const manager = hybridHost();
  assert.throws(() => manager.update({ pids: { limit: 7 }, memory: { limit: 100, reservation: 50 } }), {
    message: /memory\.low/,
    pointer: "/linux/resources/memory/reservation",
  });
  assert.deepEqual([read("pids/box/pids.max"), read("unified/box/memory.max")], ["9", "999"]);
});

test("a hybrid manager names the controller that neither tree has", () => {
  assert.throws(() => hybridHost("io\n").apply({ memory: { limit: 100 } }), {
    message:
      'cgroup controller memory: writing "100" to memory.limit_in_bytes: the controller is not available',
    pointer: "/linux/resources/memory/limit",
  });
});

test("a hybrid manager counts in both trees", () => {
  const manager = hybridHost();
  fill({
    "pids/box/pids.current": "3\n",
    "unified/box/memory.current": "4096\n",
    "unified/box/memory.peak": "8192\n",
    "unified/box/memory.stat": "anon 1024\n",
    "unified/box/pids.current": "5\n",
  });
  const { pids, memory } = manager.stats(["pids", "memory"]);
  assert.deepEqual([pids.current, memory.usage.usage, memory.usage.limit], [3n, 4096n, 999n]);
});

test("a hybrid manager looks for the OOM killer and the freezer where they are", () => {
  const manager = hybridHost();
  assert.deepEqual([manager.oomKilled(), manager.isFrozen()], [false, false]);
  fill({ "unified/box/memory.events": "oom_kill 1\n", "unified/box/cgroup.freeze": "1" });
  assert.deepEqual([manager.oomKilled(), manager.isFrozen()], [true, true]);
  manager.thaw();
  assert.equal(read("unified/box/cgroup.freeze"), "0");
  assert.ok(!existsSync(join(root, "pids/box/freezer.state")));
});
