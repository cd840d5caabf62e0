import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { findResctrl, groupDirectory, lookAt, monitoringDirectory } from "../../../src/resctrl/tree.ts";
import { withDirectory } from "../../helpers/directory.ts";

const mountinfo = `22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
40 22 0:50 / /sys rw shared:1 - sysfs sysfs rw
41 40 0:51 /group /srv/part rw - resctrl resctrl rw
42 40 0:51 / /sys/fs/resctrl\\040here rw,nosuid shared:7 master:2 - resctrl resctrl rw,mba_MBps
`;

test("findResctrl() finds the mount of a whole resctrl file system", () => {
  assert.equal(findResctrl(mountinfo), "/sys/fs/resctrl here");
  assert.equal(findResctrl("22 1 254:0 / / rw - ext4 /dev/resctrl rw\n"), undefined);
  assert.equal(findResctrl("22 1 254:0 / /resctrl rw - tmpfs resctrl rw\n"), undefined);
});

test("groupDirectory() takes / for the default class", () => {
  assert.equal(groupDirectory("/sys/fs/resctrl", "/"), "/sys/fs/resctrl");
  assert.equal(groupDirectory("/sys/fs/resctrl", "gold"), "/sys/fs/resctrl/gold");
});

test("lookAt() sees what a machine has", () => {
  withDirectory((root) => {
    const nothing = { controlsCache: false, controlsBandwidth: false, monitors: false, isMonitored: false };
    assert.deepEqual(lookAt(root, "gold", "c1"), { root, ...nothing, schemata: undefined });
    mkdirSync(`${root}/gold`);
    assert.equal(lookAt(root, "gold", "c1").schemata, "");
    for (const resource of ["L3CODE", "L3DATA", "L3_MON", "MB"]) {
      mkdirSync(`${root}/info/${resource}`, { recursive: true });
    }
    mkdirSync(monitoringDirectory(`${root}/gold`, "c1"), { recursive: true });
    writeFileSync(`${root}/gold/schemata`, "    MB:0=100\n");
    assert.deepEqual(lookAt(root, "gold", "c1"), {
      root,
      controlsCache: true,
      controlsBandwidth: true,
      monitors: true,
      isMonitored: true,
      schemata: "    MB:0=100\n",
    });
  });
});
