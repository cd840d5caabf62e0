import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  closeFile,
  createText,
  exists,
  openFile,
  putText,
  readText,
  rereadText,
} from "../../../src/sys/host-files.ts";
import { loadNative } from "../../../src/sys/koffi.ts";
import { SyscallError } from "../../../src/sys/syscall-error.ts";
import { withDirectory } from "../../helpers/directory.ts";

/** Longer than one read, with characters of several bytes across its end. */
const long = "ä€𐍈".repeat(20_000);

function failureOf(action: () => unknown): SyscallError {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof SyscallError);
    return error;
  }
  assert.fail("it did not fail");
}

test("readText() reads through node:fs before the first system call, and with the same words after it", () => {
  withDirectory((directory) => {
    const path = join(directory, "text");
    writeFileSync(path, `\ufeff${long}`);
    const places = [join(directory, "none"), directory];
    const before = [readText(path), ...places.map((place) => failureOf(() => readText(place)))];
    loadNative();
    const after = [readText(path), ...places.map((place) => failureOf(() => readText(place)))];
    assert.equal(before[0], `\ufeff${long}`);
    assert.deepEqual(after.map(String), before.map(String));
    assert.match(String(after[1]), /open \S+\/none: no such file or directory$/);
    assert.match(String(after[2]), /read \S+: is a directory$/);
  });
});

test("readText() reads files of /proc, whose size is not known", () => {
  loadNative();
  assert.equal(readText("/proc/self/mountinfo"), readFileSync("/proc/self/mountinfo", "utf8"));
  assert.equal(readText("/proc/sys/kernel/ostype"), "Linux\n");
});

test("readText() ends where a file does not", () => {
  loadNative();
  assert.equal(failureOf(() => readText("/dev/zero")).message, "read /dev/zero: file too large");
});

test("rereadText() reads an open file from its beginning each time", () => {
  withDirectory((directory) => {
    const path = join(directory, "text");
    writeFileSync(path, "first");
    const fd = openFile(path, 0);
    assert.equal(rereadText(fd, path), "first");
    writeFileSync(path, "second");
    assert.equal(rereadText(fd, path), "second");
    closeFile(fd);
    assert.equal(failureOf(() => rereadText(fd, path)).code, "EBADF");
  });
});

test("createText() makes a file with its mode", () => {
  withDirectory((directory) => {
    const path = join(directory, "text");
    createText(path, long, 0o600);
    assert.equal(readFileSync(path, "utf8"), long);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(failureOf(() => createText(join(directory, "a/b"), "", 0o600)).code, "ENOENT");
  });
});

test("createText() writes to nothing that is there already, as somebody else may hold it open", () => {
  withDirectory((directory) => {
    const [path, canary] = [join(directory, "text"), join(directory, "canary")];
    writeFileSync(canary, "as it was");
    symlinkSync(canary, path);
    for (const taken of [path, canary]) {
      assert.equal(failureOf(() => createText(taken, "other", 0o600)).code, "EEXIST");
    }
    assert.equal(readFileSync(canary, "utf8"), "as it was");
  });
});

test("putText() says that the file system is full", () => {
  assert.match(String(failureOf(() => putText("/dev/full", "a"))), /write \/dev\/full: no space left/);
});

test("putText() overwrites from the beginning and makes nothing", () => {
  withDirectory((directory) => {
    const path = join(directory, "text");
    assert.equal(failureOf(() => putText(path, "a")).code, "ENOENT");
    writeFileSync(path, "abc");
    putText(path, "X");
    assert.equal(readFileSync(path, "utf8"), "Xbc");
  });
});

test("exists() sees files, directories and what may not be read", () => {
  withDirectory((directory) => {
    const path = join(directory, "text");
    assert.equal(exists(path), false);
    writeFileSync(path, "");
    chmodSync(path, 0);
    mkdirSync(join(directory, "below"));
    assert.deepEqual(
      [exists(path), exists(join(directory, "below")), exists(`${path}/x`)],
      [true, true, false],
    );
  });
});

test("openFile() opens close-on-exec", () => {
  const fd = openFile("/dev/null", 0);
  try {
    const flags = /^flags:\t(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1] ?? "";
    assert.notEqual(Number.parseInt(flags, 8) & 0o2000000, 0);
  } finally {
    closeFile(fd);
  }
});
