import assert from "node:assert/strict";
import { mkdirSync, readlinkSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { enterWorkingDirectory, enterWorkingDirectoryAsUser } from "../../../src/init/working-directory.ts";
import { AT_FDCWD, O_DIRECTORY, O_PATH, openat } from "../../../src/sys/files.ts";
import { MS_BIND, MS_REC } from "../../../src/sys/mount.ts";
import { withDirectory } from "../../helpers/directory.ts";
import { inHand } from "../../helpers/in-hand.ts";
import { inMountNamespace } from "../../helpers/mount-namespace.ts";

test("enterWorkingDirectory() stays below the root whatever a symbolic link says", () => {
  withDirectory((directory) => {
    mkdirSync(join(directory, "a/b"), { recursive: true });
    symlinkSync("/../../a/b", join(directory, "link"));
    inHand((hand) => {
      using root = openat(hand, AT_FDCWD, directory, O_PATH | O_DIRECTORY);
      assert.equal(enterWorkingDirectory(hand, root.number, "/link"), true);
      hand.flush();
      assert.equal(readlinkSync(`/proc/${hand.pid}/cwd`), join(directory, "a/b"));
    });
  });
});

test("enterWorkingDirectory() names the place of a directory that is missing", () => {
  withDirectory((directory) => {
    inHand((hand) => {
      using root = openat(hand, AT_FDCWD, directory, O_PATH | O_DIRECTORY);
      assert.throws(() => enterWorkingDirectory(hand, root.number, "/none"), {
        message: "changing to the working directory /none",
        pointer: "/process/cwd",
      });
    });
  });
});

test("enterWorkingDirectoryAsUser() goes where the user may, and names the place where not", () => {
  withDirectory((directory) => {
    inHand((hand) => {
      enterWorkingDirectoryAsUser(hand, directory);
      assert.equal(readlinkSync(`/proc/${hand.pid}/cwd`), directory);
      assert.throws(() => enterWorkingDirectoryAsUser(hand, `${directory}/none`), {
        pointer: "/process/cwd",
      });
    });
  });
});

test("enterWorkingDirectoryAsUser() refuses a way out of the root (CVE-2024-21626)", () => {
  inMountNamespace(({ hand, directory }) => {
    using outside = openat(hand, AT_FDCWD, "/", O_PATH | O_DIRECTORY);
    const number = hand.numberOf(outside.number);
    for (const path of [`${directory}/root`, `${directory}/root/proc`]) {
      hand.call({ name: "mkdirat", args: [AT_FDCWD, hand.memory.string(path), 0o755] });
    }
    hand.call({
      name: "mount",
      args: [
        hand.memory.string("/proc"),
        hand.memory.string(`${directory}/root/proc`),
        0,
        MS_BIND | MS_REC,
        0,
      ],
    });
    hand.call({ name: "chroot", args: [hand.memory.string(`${directory}/root`)] });
    assert.throws(() => enterWorkingDirectoryAsUser(hand, `/proc/self/fd/${number}`), {
      message: `the working directory /proc/self/fd/${number} is outside of the container's root`,
      pointer: "/process/cwd",
    });
  });
});
