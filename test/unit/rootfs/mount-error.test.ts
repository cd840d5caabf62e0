import assert from "node:assert/strict";
import { test } from "node:test";
import { type MountEntry, MountError } from "../../../src/rootfs/mount-error.ts";
import { SyscallError } from "../../../src/sys/syscall-error.ts";

const cause = new SyscallError("fsconfig", 22, "tmpfs");

const shapes: readonly (readonly [entry: MountEntry, log: string, message: string])[] = [
  [{ destination: "/a" }, "", 'error mounting to rootfs at "/a"'],
  [{ destination: "/a", source: "/b" }, "", 'error mounting "/b" to rootfs at "/a"'],
  [{ destination: "/a", type: "tmpfs" }, "", 'error mounting to rootfs at "/a" (type tmpfs)'],
  [
    { destination: "/a", type: "bind", source: "/b", options: ["rbind", "ro"] },
    "",
    'error mounting "/b" to rootfs at "/a" (type bind; options rbind,ro)',
  ],
  [{ destination: "/a", options: [] }, "", 'error mounting to rootfs at "/a"'],
  [
    { destination: "/a", type: "tmpfs", source: "tmpfs", options: ["size=x"] },
    "e tmpfs: Bad value for 'size'",
    'error mounting "tmpfs" to rootfs at "/a" (type tmpfs; options size=x; kernel: e tmpfs: Bad value for \'size\')',
  ],
  [{ destination: "/a", source: '"\n' }, "", 'error mounting "\\"\\n" to rootfs at "/a"'],
];

for (const [entry, log, message] of shapes) {
  test(`MountError says ${message}`, () => {
    const error = new MountError(entry, "/mounts/3", cause, { kernelLog: log, hint: "do this" });
    assert.equal(error.message, message);
    assert.equal(error.pointer, "/mounts/3");
    assert.equal(error.hint, "do this");
    assert.equal(error.cause, cause);
    assert.deepEqual(error.entry, entry);
  });
}

test("MountError does without a place in config.json", () => {
  assert.equal(new MountError({ destination: "/a" }, undefined, cause).pointer, undefined);
});
