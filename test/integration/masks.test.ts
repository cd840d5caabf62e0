import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
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
