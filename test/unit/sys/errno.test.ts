import assert from "node:assert/strict";
import { test } from "node:test";
import { getSystemErrorName } from "node:util";
import koffi from "koffi";
import { errnoName, errnoText } from "../../../src/sys/errno.ts";
import { isErrno, SyscallError } from "../../../src/sys/syscall-error.ts";

const strerror: (errno: number) => string = koffi.load(null).func("const char *strerror(int)");

/** Values that Linux leaves out (asm-generic/errno.h). */
const gaps = [41, 58];

test("errnoText() is glibc's text, its first word in lower case unless it is an acronym", () => {
  for (let errno = 1; errno <= 133; errno++) {
    if (gaps.includes(errno)) continue;
    const text = strerror(errno);
    const wanted = /^[A-Z]{2}/.test(text) ? text : text.replace(/^./, (letter) => letter.toLowerCase());
    assert.equal(errnoText(errno), wanted, String(errno));
  }
});

test("errnoName() agrees with libuv on the names that it has", () => {
  let common = 0;
  for (let errno = 1; errno <= 133; errno++) {
    const name = getSystemErrorName(-errno);
    if (!/^E[A-Z0-9]+$/.test(name)) continue;
    common++;
    assert.equal(errnoName(errno), name);
  }
  assert.ok(common > 60, `only ${common} names in common`);
});

test("errnoName() and errnoText() take a value without a name", () => {
  for (const errno of [...gaps, 4095]) {
    assert.equal(errnoName(errno), `E${errno}`);
    assert.equal(errnoText(errno), `unknown error ${errno}`);
  }
});

test("SyscallError says the call, its subject and the kernel's answer", () => {
  const error = new SyscallError("mkdirat", 17, '"/a"');
  assert.equal(error.message, 'mkdirat "/a": file exists');
  assert.deepEqual([error.syscall, error.errno, error.code], ["mkdirat", 17, "EEXIST"]);
  assert.equal(new SyscallError("setsid", 1, "").message, "setsid: operation not permitted");
});

test("isErrno() tells errors by their names", () => {
  const error = new SyscallError("x", 2, "");
  assert.equal(isErrno(error, "EACCES", "ENOENT"), true);
  assert.equal(isErrno(error, "EACCES"), false);
  assert.equal(isErrno(new Error("ENOENT"), "ENOENT"), false);
});
