import assert from "node:assert/strict";
import {
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  AT_FDCWD,
  fchmodat,
  fileSystemType,
  fstat,
  fstatAll,
  isNoexecMount,
  isReadOnlyMount,
  makeDevice,
  mknodCall,
  O_CREAT,
  O_DIRECTORY,
  O_PATH,
  O_RDONLY,
  O_WRONLY,
  openAndStat,
  openat,
  openat2,
  RESOLVE_BENEATH,
  readAll,
  readAt,
  readBeginning,
  readLink,
  S_IFDIR,
  S_IFIFO,
  S_IFMT,
  S_IFREG,
  symlinkat,
  tryMkdirat,
  tryOpenat2,
  unlinkat,
  writeText,
} from "../../../src/sys/files.ts";
import { local } from "../../../src/sys/local.ts";
import { withDirectory } from "../../helpers/directory.ts";

const F_GETFD = 1;
const FD_CLOEXEC = 1;
const PROC_SUPER_MAGIC = 0x9fa0;

test("openat() and openat2() make descriptors that end with execve", () => {
  using one = openat(local, AT_FDCWD, "/", O_PATH);
  using other = openat2(local, AT_FDCWD, "/", { flags: O_PATH, resolve: 0 });
  for (const { number } of [one, other]) {
    assert.equal(local.call({ name: "fcntl", args: [number, F_GETFD] }), FD_CLOEXEC);
  }
});

test("openat2() keeps to its rules and names the path that breaks them", () => {
  using root = openat(local, AT_FDCWD, "/proc", O_PATH | O_DIRECTORY);
  const how = { flags: O_PATH, resolve: RESOLVE_BENEATH };
  assert.equal(tryOpenat2(local, root.number, "../etc", how), -18);
  assert.throws(() => openat2(local, root.number, "../etc", how), {
    message: 'openat2 "../etc": invalid cross-device link',
  });
});

test("openat2() makes a file with the mode asked for", () => {
  withDirectory((directory) => {
    const path = join(directory, "new");
    using file = openat2(local, AT_FDCWD, path, { flags: O_WRONLY | O_CREAT, mode: 0o600, resolve: 0 });
    writeText(local, file.number, "text\n");
    assert.equal(readFileSync(path, "utf8"), "text\n");
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });
});

test("fstat() reads what node:fs reads", () => {
  for (const path of ["/proc/self/exe", "/dev/null", "/tmp"]) {
    using file = openat(local, AT_FDCWD, path, O_PATH);
    const { mode, uid, gid, ino, size, rdevMajor, rdevMinor } = fstat(local, file.number);
    const wanted = statSync(path, { bigint: true });
    assert.deepEqual(
      [BigInt(mode), BigInt(uid), BigInt(gid), ino, BigInt(size), BigInt(makeDevice(rdevMajor, rdevMinor))],
      [wanted.mode, wanted.uid, wanted.gid, wanted.ino, wanted.size, wanted.rdev],
      path,
    );
  }
});

test("openAndStat() opens and looks at once, and finds nothing where nothing is", () => {
  const how = { flags: O_PATH, resolve: 0 };
  const found = openAndStat(local, AT_FDCWD, "/dev/null", how);
  using fd = found?.fd;
  assert.deepEqual([found?.stat.rdevMajor, found?.stat.rdevMinor], [1, 3]);
  assert.equal(fstat(local, fd?.number ?? -1).rdevMinor, 3);
  assert.equal(openAndStat(local, AT_FDCWD, "/nonexistent", how), undefined);
  assert.equal(openAndStat(local, AT_FDCWD, "/dev/null/x", how), undefined);
  assert.throws(() => openAndStat(local, 9999, "x", how), { message: 'openat2 "x": bad file descriptor' });
});

test("readBeginning() reads no more than its limit and leaves nothing open", () => {
  const before = readdirSync("/proc/self/fd").length;
  const how = { flags: O_RDONLY, resolve: 0 };
  const text = readBeginning(local, AT_FDCWD, "/proc/self/status", how, 5);
  assert.equal(Buffer.from(text ?? []).toString(), "Name:");
  assert.equal(readBeginning(local, AT_FDCWD, "/nonexistent", how, 5), undefined);
  assert.equal(readBeginning(local, AT_FDCWD, "/proc", how, 5), undefined);
  assert.equal(readdirSync("/proc/self/fd").length, before);
});

test("fstatAll() has no answer for a descriptor that is not open", () => {
  using directory = openat(local, AT_FDCWD, "/", O_PATH);
  const [open, closed] = fstatAll(local, [directory.number, 9999]);
  assert.equal((open?.mode ?? 0) & S_IFMT, S_IFDIR);
  assert.equal(closed, undefined);
});

test("fileSystemType() tells a procfs", () => {
  using proc = openat(local, AT_FDCWD, "/proc/self/status", O_PATH);
  assert.equal(fileSystemType(local, proc.number), PROC_SUPER_MAGIC);
});

test("isReadOnlyMount() and isNoexecMount() say what the mount table says", () => {
  const lines = readFileSync("/proc/self/mounts", "utf8").trim().split("\n");
  const proc =
    lines
      .findLast((line) => line.split(" ")[1] === "/proc")
      ?.split(" ")[3]
      ?.split(",") ?? [];
  using file = openat(local, AT_FDCWD, "/proc/self/status", O_PATH);
  assert.equal(isReadOnlyMount(local, file.number), proc.includes("ro"));
  assert.equal(isNoexecMount(local, file.number), proc.includes("noexec"));
});

test("readAt() reads no further than the end", () => {
  withDirectory((directory) => {
    writeFileSync(join(directory, "f"), "0123456789");
    using file = openat(local, AT_FDCWD, join(directory, "f"), O_RDONLY);
    assert.equal(Buffer.from(readAt(local, file.number, 7, 100)).toString(), "789");
    assert.equal(readAt(local, file.number, 10, 100).length, 0);
  });
});

test("readAll() reads a file in pieces, up to its limit", () => {
  withDirectory((directory) => {
    const text = "0123456789abcdef".repeat(10_000);
    writeFileSync(join(directory, "f"), text);
    for (const limit of [0, 5, 65_536, 65_537, 1 << 20]) {
      using file = openat(local, AT_FDCWD, join(directory, "f"), O_RDONLY);
      assert.equal(Buffer.from(readAll(local, file.number, limit)).toString(), text.slice(0, limit));
    }
  });
});

test("readLink() and symlinkat() agree with node:fs", () => {
  withDirectory((directory) => {
    using parent = openat(local, AT_FDCWD, directory, O_PATH | O_DIRECTORY);
    symlinkat(local, "../some/where", parent.number, "link");
    assert.equal(readlinkSync(join(directory, "link")), "../some/where");
    symlinkSync("x".repeat(4000), join(directory, "long"));
    assert.equal(readLink(local, parent.number, "long").length, 4000);
    writeFileSync(join(directory, "file"), "");
    assert.throws(() => readLink(local, parent.number, "file"), { code: "EINVAL" });
    symlinkat(local, "other", parent.number, "link", true);
    assert.throws(() => symlinkat(local, "other", parent.number, "link"), {
      message: 'symlinkat "link" -> "other": file exists',
    });
  });
});

test("tryMkdirat() and unlinkat() say what the kernel answers", () => {
  withDirectory((directory) => {
    using parent = openat(local, AT_FDCWD, directory, O_PATH | O_DIRECTORY);
    assert.equal(tryMkdirat(local, parent.number, "d", 0o700), 0);
    assert.equal(tryMkdirat(local, parent.number, "d", 0o700), -17);
    unlinkat(local, parent.number, "missing", true);
    assert.throws(() => unlinkat(local, parent.number, "missing"), { code: "ENOENT" });
  });
});

test("mknodCall() and fchmodat() make a FIFO with its mode", () => {
  withDirectory((directory) => {
    using parent = openat(local, AT_FDCWD, directory, O_PATH | O_DIRECTORY);
    local.call(mknodCall(local, parent.number, "fifo", S_IFIFO | 0o600, 0));
    fchmodat(local, parent.number, "fifo", 0o622);
    const { mode } = lstatSync(join(directory, "fifo"));
    assert.deepEqual([mode & S_IFMT, mode & 0o7777], [S_IFIFO, 0o622]);
    assert.notEqual(mode & S_IFMT, S_IFREG);
  });
});

for (const [major, minor, wanted] of [
  [1, 3, 0x103],
  [10, 229, 0xae5],
  [8, 256, 0x100800],
  [4095, 1048575, 0xffffffff],
] as const) {
  test(`makeDevice() of ${major}:${minor} is the kernel's encoding`, () => {
    assert.equal(makeDevice(major, minor), wanted);
  });
}
