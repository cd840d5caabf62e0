import assert from "node:assert/strict";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { copyUp } from "../../../src/rootfs/copy-up.ts";
import { AT_FDCWD, mknodCall, O_DIRECTORY, O_PATH, openat, S_IFIFO } from "../../../src/sys/files.ts";
import { local } from "../../../src/sys/local.ts";
import { withDirectory } from "../../helpers/directory.ts";

/** Fills the directory `from`, copies it to `to` and looks. */
function withCopy(fill: (from: string) => void, check: (to: string, from: string) => void): void {
  withDirectory((directory) => {
    const [from, to] = [join(directory, "from"), join(directory, "to")];
    for (const path of [from, to]) mkdirSync(path);
    fill(from);
    using source = openat(local, AT_FDCWD, from, O_PATH | O_DIRECTORY);
    using target = openat(local, AT_FDCWD, to, O_PATH | O_DIRECTORY);
    copyUp(local, source.number, target.number);
    check(to, from);
  });
}

test("copyUp() copies files with content and mode", () => {
  const content = Buffer.alloc(300_000, "0123456789");
  withCopy(
    (from) => {
      writeFileSync(join(from, "large"), content);
      writeFileSync(join(from, "empty"), "");
      chmodSync(join(from, "empty"), 0o4751);
      writeFileSync(join(from, "ä b\n"), "named");
    },
    (to, from) => {
      assert.deepEqual(readdirSync(to).sort(), readdirSync(from).sort());
      assert.deepEqual(readFileSync(join(to, "large")), content);
      assert.equal(readFileSync(join(to, "ä b\n"), "utf8"), "named");
      assert.equal(lstatSync(join(to, "empty")).mode & 0o7777, 0o4751);
    },
  );
});

test("copyUp() copies links as they are, wherever they lead", () => {
  withCopy(
    (from) => {
      symlinkSync("/etc/passwd", join(from, "absolute"));
      symlinkSync("../../x", join(from, "climbing"));
      symlinkSync("loop", join(from, "loop"));
    },
    (to) => {
      assert.deepEqual(
        ["absolute", "climbing", "loop"].map((name) => readlinkSync(join(to, name))),
        ["/etc/passwd", "../../x", "loop"],
      );
    },
  );
});

test("copyUp() copies directories, and FIFOs without opening them", () => {
  withCopy(
    (from) => {
      mkdirSync(join(from, "a/b/c"), { recursive: true });
      writeFileSync(join(from, "a/b/c/file"), "deep");
      using directory = openat(local, AT_FDCWD, join(from, "a"), O_PATH);
      local.call(mknodCall(local, directory.number, "fifo", S_IFIFO | 0o600, 0));
    },
    (to) => {
      assert.equal(readFileSync(join(to, "a/b/c/file"), "utf8"), "deep");
      assert.ok(lstatSync(join(to, "a/fifo")).isFIFO());
    },
  );
});

test("copyUp() copies more names than one getdents64(2) lists", () => {
  const names = Array.from({ length: 1500 }, (_, index) => `${index}-`.padEnd(60, "x"));
  withCopy(
    (from) => {
      for (const name of names) symlinkSync("x", join(from, name));
    },
    (to) => assert.deepEqual(readdirSync(to).sort(), [...names].sort()),
  );
});

test("copyUp() refuses what is nested without end, and leaves no descriptor open", () => {
  const before = readdirSync("/proc/self/fd").length;
  assert.throws(
    () =>
      withCopy(
        (from) => mkdirSync(join(from, "d/".repeat(70)), { recursive: true }),
        () => {},
      ),
    { message: "tmpcopyup: directories are nested deeper than 64" },
  );
  assert.equal(readdirSync("/proc/self/fd").length, before);
});
