// What managers without systemd do about cgroups that others made, or that they may not make.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmdirSync } from "node:fs";
import { geteuid, seteuid } from "node:process";
import { test } from "node:test";
import { selectManager } from "../../../src/cgroups/select.ts";
import type { Resources } from "../../../src/oci/types.ts";
import { cgroupPath, giveControllersBack, host } from "../../helpers/cgroup-managers.ts";
import { leaveNothing } from "../../helpers/leftovers.ts";
import { skipUnless } from "../../helpers/skip.ts";

leaveNothing();
giveControllersBack();

/** The user of nobody (passwd(5), Debian). */
const NOBODY = 65534;
const defaultDevices: Resources = { devices: [{ allow: false, access: "rwm" }] };

test("a v1 manager fills cpusets above its own that somebody made and left empty", (t) => {
  if (!skipUnless(t, geteuid?.() === 0 && host.v1.length > 0, "cgroupV1")) return;
  const manager = selectManager({ cgroupsPath: cgroupPath, id: "x", systemd: false, rootless: false });
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

/** Debian's Node refuses to, as its libuv may use io_uring (CVE-2024-22017). */
function mayChangeUser(): boolean {
  try {
    seteuid?.(0);
    return true;
  } catch {
    return false;
  }
}

test("a rootless manager does without cgroups that it may not make, until a limit is asked for", (t) => {
  if (!skipUnless(t, geteuid?.() === 0 && host.mode !== "none", "root")) return;
  if (!skipUnless(t, mayChangeUser(), "changingUser")) return;
  const manager = selectManager({
    cgroupsPath: undefined,
    id: cgroupPath.slice(1),
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
    const given = selectManager({ cgroupsPath: cgroupPath, id: "x", systemd: false, rootless: true });
    assert.throws(() => given.create(), { message: /^creating cgroup /, pointer: "/linux/cgroupsPath" });
  } finally {
    seteuid?.(0);
  }
});
