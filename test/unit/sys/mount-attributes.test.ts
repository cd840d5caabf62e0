import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { test } from "node:test";
import { AT_FDCWD, O_PATH, openat } from "../../../src/sys/files.ts";
import {
  MOUNT_ATTR_NOATIME,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NODIRATIME,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_NOSYMFOLLOW,
  MOUNT_ATTR_RDONLY,
  MOUNT_ATTR_STRICTATIME,
  MS_NOATIME,
  MS_RELATIME,
  mount,
} from "../../../src/sys/mount.ts";
import { attributesOf, flagsOf } from "../../../src/sys/mount-attributes.ts";
import { inMountNamespace } from "../../helpers/mount-namespace.ts";

const each: readonly number[] = [
  0,
  MOUNT_ATTR_RDONLY,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSYMFOLLOW,
  MOUNT_ATTR_NODIRATIME,
  MOUNT_ATTR_NOATIME,
  MOUNT_ATTR_STRICTATIME,
  MOUNT_ATTR_NOATIME | MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSYMFOLLOW,
  MOUNT_ATTR_STRICTATIME | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
];

test("attributesOf() finds what flagsOf() made mount(2) set", () => {
  inMountNamespace(({ hand, directory, view }) => {
    for (const [index, attributes] of each.entries()) {
      mkdirSync(view(`/${index}`));
      mount(hand, "tmpfs", `${directory}/${index}`, "tmpfs", flagsOf(attributes));
      using mounted = openat(hand, AT_FDCWD, `${directory}/${index}`, O_PATH);
      assert.equal(attributesOf(hand, mounted.number), attributes, attributes.toString(16));
    }
  });
});

test("flagsOf() says nothing of access times that are not known", () => {
  assert.equal(flagsOf(0), MS_RELATIME);
  assert.equal(flagsOf(0, 0), 0);
  assert.equal(flagsOf(MOUNT_ATTR_NOATIME, 0), MS_NOATIME);
});
