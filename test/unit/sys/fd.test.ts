import assert from "node:assert/strict";
import { test } from "node:test";
import { Fd } from "../../../src/sys/fd.ts";
import { AT_FDCWD, O_PATH, openat } from "../../../src/sys/files.ts";
import { local } from "../../../src/sys/local.ts";

const F_GETFD = 1;
const isOpen = (fd: number): boolean => local.attempt({ name: "fcntl", args: [fd, F_GETFD] }) >= 0;

test("Fd is open in its scope and closed behind it", () => {
  let number: number;
  {
    using fd = openat(local, AT_FDCWD, "/", O_PATH);
    ({ number } = fd);
    assert.equal(isOpen(number), true);
  }
  assert.equal(isOpen(number), false);
});

test("Fd.take() hands the descriptor over", () => {
  const fd = openat(local, AT_FDCWD, "/", O_PATH);
  const number = fd.take();
  fd[Symbol.dispose]();
  assert.equal(isOpen(number), true);
  local.close(number);
});

test("Fd refuses to be used once it is closed or handed over", () => {
  const fd = openat(local, AT_FDCWD, "/", O_PATH);
  fd[Symbol.dispose]();
  assert.throws(() => fd.number, { message: "a closed descriptor was used" });
  assert.throws(() => fd.take(), { message: "a closed descriptor was used" });
});

test("Fd is closed once only: its number may belong to another by then", () => {
  const fd = openat(local, AT_FDCWD, "/", O_PATH);
  const { number } = fd;
  fd[Symbol.dispose]();
  using next = openat(local, AT_FDCWD, "/", O_PATH);
  assert.equal(next.number, number);
  fd[Symbol.dispose]();
  assert.equal(isOpen(next.number), true);
});

test("Fd of an executor is closed by it", () => {
  const number = openat(local, AT_FDCWD, "/", O_PATH).take();
  new Fd(local, number)[Symbol.dispose]();
  assert.equal(isOpen(number), false);
});
