import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";

leaveNothing();

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
