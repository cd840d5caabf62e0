import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";

leaveNothing();

/** The image brings its own /dev, where the runtime expects to make one. */
function withoutDev(config: Config): void {
  config.mounts = config.mounts.filter((mount) => !mount.destination.startsWith("/dev"));
  config.root.readonly = false;
}

it("a file is never masked with what an image put at /dev/null (CVE-2025-31133)", (box) => {
  const bundle = box.bundle((config) => {
    withoutDev(config);
    config.process.args = ["/bin/sh", "-c", "cat /secret; echo changed 2>/dev/null >/secret; cat /canary"];
    config.linux.maskedPaths = ["/secret"];
  });
  const rootfs = join(bundle, "rootfs");
  writeFileSync(join(rootfs, "secret"), "the secret\n");
  writeFileSync(join(rootfs, "canary"), "the canary\n");
  symlinkSync("/canary", join(rootfs, "dev/null"));
  const { stdout } = box.call(["run", "--bundle", bundle, box.newId()]);
  assert.doesNotMatch(stdout, /the secret/);
  assert.equal(readFileSync(join(rootfs, "canary"), "utf8"), "the canary\n");
});

it("a container keeps its hands off a host file that its image links to at /dev/null (CVE-2026-88265)", (box) => {
  const canary = join(box.directory, "canary");
  writeFileSync(canary, "the host's\n", { mode: 0o644 });
  const before = statSync(canary);
  const bundle = box.bundle((config) => {
    withoutDev(config);
    config.process.args = ["/bin/true"];
    config.process.user = { uid: 1000, gid: 1000 };
  });
  symlinkSync(canary, join(bundle, "rootfs/dev/null"));
  symlinkSync(canary, join(bundle, "rootfs/dev/console"));
  box.call(["run", "--bundle", bundle, box.newId()]);
  const now = statSync(canary);
  assert.deepEqual([now.uid, now.gid, now.mode, now.ino], [before.uid, before.gid, before.mode, before.ino]);
  assert.equal(readFileSync(canary, "utf8"), "the host's\n");
});

it("nothing is made on the host through a symlink on the way to a mount (CVE-2024-45310)", (box) => {
  const outside = box.folder("outside");
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/true"];
    config.root.readonly = false;
    config.mounts.push({ destination: "/link/deep/below", type: "tmpfs", source: "tmpfs" });
  });
  symlinkSync(outside, join(bundle, "rootfs/link"));
  box.call(["run", "--bundle", bundle, box.newId()]);
  assert.deepEqual(readdirSync(outside), []);
});

for (const directory of ["etc", "etc/passwd"]) {
  it(`HOME is looked up in the container although its /${directory} links to the host's`, (box) => {
    const outside = box.folder("outside");
    writeFileSync(join(outside, "passwd"), "root:x:0:0::/the/hosts:/bin/sh\n");
    const bundle = box.bundle((config) => {
      config.process.args = ["/bin/sh", "-c", "echo $HOME"];
    });
    const target = directory === "etc" ? outside : join(outside, "passwd");
    box.replaceBySymlink(join(bundle, "rootfs", directory), target);
    mkdirSync(join(bundle, "rootfs/tmp"), { recursive: true });
    const { stdout } = box.call(["run", "--bundle", bundle, box.newId()]);
    assert.doesNotMatch(stdout, /the\/hosts/);
  });
}
