import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { LockedMounts } from "../../../src/container/locked-mounts.ts";
import { isProcHandle } from "../../../src/sys/host-proc.ts";
import { local } from "../../../src/sys/local.ts";
import { MOUNT_ATTR_NOATIME, MOUNT_ATTR_NOEXEC } from "../../../src/sys/mount.ts";
import { newMounts } from "../../../src/sys/new-mounts.ts";
import { isErrno } from "../../../src/sys/syscall-error.ts";
import { skipUnless } from "../../helpers/skip.ts";

test("LockedMounts.cloneTree() binds what the runtime sees, with locked attributes, and leaves no descriptor", (t) => {
  if (!skipUnless(t, process.getuid?.() === 0, "root")) return;
  // The one for /proc stays open.
  isProcHandle(0);
  const before = readdirSync("/proc/self/fd").length;
  {
    using locked = new LockedMounts();
    using tree = locked.cloneTree(resolve("test/unit/container"), false, 0);
    assert.ok(readdirSync(`/proc/self/fd/${tree.number}`).includes("locked-mounts.test.ts"));
    const set = (attribute: number, clear = 0): void =>
      newMounts.mountSetattr(local, tree.number, { set: attribute, clear }, false);
    set(MOUNT_ATTR_NOEXEC);
    assert.throws(
      () => set(MOUNT_ATTR_NOATIME, 0x70),
      (error: unknown) => isErrno(error, "EPERM"),
    );
    assert.throws(() => locked.cloneTree("/none", false, 0), /no such file or directory/);
  }
  assert.equal(readdirSync("/proc/self/fd").length, before);
});
