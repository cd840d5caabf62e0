import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";

leaveNothing();

it("masked files read as empty, masked directories are empty, both read-only", (box) => {
  const bundle = box.bundle((config) => {
    config.process.args = [
      "/bin/sh",
      "-c",
      "cat /secret; ls -A /private; { echo x >/private/new; } 2>/dev/null || echo refused",
    ];
    config.linux.maskedPaths = ["/secret", "/private", "/not/there"];
    config.root.readonly = false;
  });
  writeFileSync(join(bundle, "rootfs/secret"), "the secret\n");
  mkdirSync(join(bundle, "rootfs/private"));
  writeFileSync(join(bundle, "rootfs/private/file"), "");
  const result = box.succeed(["run", "--bundle", bundle, box.newId()]);
  assert.deepEqual([result.stdout, result.stderr], ["refused\n", ""]);
});

it("read-only paths can be read and not written", (box) => {
  const script =
    "cat /kept/file; { echo x >/kept/file; } 2>/dev/null || echo refused; { echo 1 >/proc/sys/kernel/panic; } 2>/dev/null || echo refused";
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/sh", "-c", script];
    config.linux.readonlyPaths = ["/kept", "/not/there", "/proc/sys"];
    config.root.readonly = false;
  });
  mkdirSync(join(bundle, "rootfs/kept"));
  writeFileSync(join(bundle, "rootfs/kept/file"), "text\n");
  assert.equal(box.succeed(["run", "--bundle", bundle, box.newId()]).stdout, "text\nrefused\nrefused\n");
});

it("masked directories are one empty file system, and no write changes what masked files show (CVE-2025-31133)", (box) => {
  const script = [
    "test $(stat -c %d /one) = $(stat -c %d /two) && echo same",
    "ls -A /one /two",
    "stat -c '%F %t:%T' /file",
    "echo x >/file; cat /file",
    "mkdir /one/new 2>&1 | grep -o 'Read-only file system'",
  ].join("; ");
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/sh", "-c", script];
    config.linux.maskedPaths = ["/one", "/two", "/file"];
    config.root.readonly = false;
  });
  for (const name of ["one/secret", "two/secret"])
    mkdirSync(join(bundle, "rootfs", name), { recursive: true });
  writeFileSync(join(bundle, "rootfs/file"), "the secret\n");
  const { stdout } = box.succeed(["run", "--bundle", bundle, box.newId()]);
  assert.equal(stdout, "same\n/one:\n\n/two:\ncharacter special file 1:3\nRead-only file system\n");
});

it("masked and read-only paths lead nowhere but into the container's root", (box) => {
  const outside = box.folder("outside");
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/sh", "-c", "grep -c outside /proc/self/mountinfo"];
    config.linux.maskedPaths = ["/link/file", "/../../outside"];
    config.linux.readonlyPaths = ["/link/file", "/../../outside"];
  });
  writeFileSync(join(outside, "file"), "");
  symlinkSync("../../../../../../../..".concat(outside), join(bundle, "rootfs/link"));
  assert.equal(box.call(["run", "--bundle", bundle, box.newId()]).stdout, "0\n");
});
