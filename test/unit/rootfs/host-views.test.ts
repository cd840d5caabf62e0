import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import { test } from "node:test";
import { removeHostViews, wholeViews } from "../../../src/rootfs/host-views.ts";
import { bindRoot } from "../../../src/rootfs/root-mount.ts";
import { MS_BIND, MS_REC, mount } from "../../../src/sys/mount.ts";
import { inMountNamespace } from "../../helpers/mount-namespace.ts";

test("wholeViews() finds where the root of a proc or sysfs is mounted", () => {
  const lines = [
    "22 27 0:21 / /proc rw,relatime shared:1 - proc proc rw",
    "23 27 0:22 / /sys rw,relatime - sysfs sysfs rw",
    "24 27 0:21 /sys /proc/sys ro,relatime - proc proc rw",
    "25 27 0:23 / /sys/fs/cgroup rw - tmpfs tmpfs rw",
    "26 27 0:21 / /srv/a\\040b/proc rw - proc none rw",
    "27 27 0:24 / /procfs rw - procx proc rw",
  ];
  assert.deepEqual(wholeViews(`${lines.join("\n")}\n`), ["/proc", "/sys", "/srv/a b/proc"]);
});

for (const user of [false, true]) {
  test(`removeHostViews() leaves those in the root alone${user ? ", in a user namespace, too" : ""}`, () => {
    inMountNamespace(({ hand, directory, view }) => {
      mkdirSync(view("/rootfs/proc"), { recursive: true });
      mkdirSync(view("/elsewhere"));
      const root = bindRoot(hand, `${directory}/rootfs`);
      hand.flush();
      for (const place of ["rootfs/proc", "elsewhere"]) {
        mount(hand, "/proc", `${directory}/${place}`, "", MS_BIND | MS_REC);
      }
      removeHostViews(hand, root);
      hand.flush();
      // A view that is covered is still listed: what is seen there counts.
      const seen = (path: string) => existsSync(`/proc/${hand.pid}/root${path}/self/status`);
      assert.deepEqual(["/proc", `${directory}/elsewhere`, `${directory}/rootfs/proc`].map(seen), [
        false,
        false,
        true,
      ]);
      root[Symbol.dispose]();
    }, user);
  });
}
