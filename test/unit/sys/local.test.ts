import assert from "node:assert/strict";
import { pid } from "node:process";
import { test } from "node:test";
import { local } from "../../../src/sys/local.ts";
import { SyscallError } from "../../../src/sys/syscall-error.ts";

const badClose = { name: "close", args: [-1] } as const;

test("local carries calls out in this process", () => {
  assert.equal(local.call({ name: "getpid", args: [] }), pid);
});

test("local.attempt() returns the negated errno, local.call() throws it", () => {
  assert.equal(local.attempt(badClose), -9);
  assert.throws(() => local.call(badClose), SyscallError);
});

test("local.queue() carries out at once and lets optional calls fail", () => {
  assert.throws(() => local.queue(badClose), SyscallError);
  local.queue({ ...badClose, optional: true });
  const before = local.call({ name: "umask", args: [0o77] });
  local.queue({ name: "umask", args: [before] });
  assert.equal(local.call({ name: "umask", args: [before] }), before);
});

test("local.attemptAll() gives each call's result", () => {
  assert.deepEqual(local.attemptAll([badClose, { name: "getpid", args: [] }]), [-9, pid]);
});

test("local.memory is as it was left until a call has been made, then it is taken back", () => {
  const first = local.memory.string("first");
  const second = local.memory.string("second");
  assert.notEqual(first, second);
  local.call({ name: "getpid", args: [] });
  assert.equal(local.memory.string("third"), first);
});

test("local.open() knows the number at once", () => {
  const fd = local.open({ name: "openat", args: [-100, local.memory.string("/"), 0] });
  assert.equal(local.numberOf(fd), fd);
  local.close(fd);
  assert.equal(local.attempt({ name: "close", args: [fd] }), -9);
});

test("local passes all six arguments, negative ones too", () => {
  const address = local.call({ name: "mmap", args: [0, 4096, 3, 0x22, -1, 0] });
  assert.ok(address > 0);
  assert.equal(local.call({ name: "munmap", args: [address, 4096] }), 0);
});

test("local.attemptAll() hands a stored result to later calls, and nothing where it failed", () => {
  const slot = local.newSlot();
  const open = (path: string) =>
    ({ name: "openat", args: [-100, local.memory.string(path), 0], store: slot }) as const;
  const close = { name: "close", args: [slot] } as const;
  const [fd = -1, ...closings] = local.attemptAll([open("/"), close, close]);
  assert.ok(fd >= 3);
  assert.deepEqual(closings, [0, -9]);
  local.freeSlot(slot);
  assert.equal(local.newSlot(), slot);
  assert.deepEqual(local.attemptAll([open("/nonexistent"), close]), [-2, -9]);
  local.freeSlot(slot);
});
