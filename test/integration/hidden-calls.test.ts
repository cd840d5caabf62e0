// Engines' seccomp profiles that are older than a system call answer EPERM for it: tsrun in a container of such an engine.
import assert from "node:assert/strict";
import { mapUsers } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { buildOldKernel } from "../helpers/old-kernel/wrapper.ts";

leaveNothing();

for (const user of ["the host's users", "a user namespace"]) {
  it(`run works with ${user} where a seccomp filter refuses the newer system calls`, (box) => {
    const through = [buildOldKernel(), "--eperm"];
    const result = box.run(
      (config) => {
        if (user !== "the host's users") mapUsers(config, 100_000, 65_536);
        config.process.args = [
          "sh",
          "-c",
          "grep -c . /proc/self/mountinfo >/dev/null && cat /tmp/motd && ls /proc/fs",
        ];
        config.linux.maskedPaths = ["/proc/fs"];
        config.mounts.push({
          destination: "/tmp/motd",
          type: "bind",
          source: "config.json",
          options: ["bind", "ro"],
        });
      },
      { through },
    );
    assert.equal(result.status, 0, result.stderr);
    assert.match(result.stdout, /"ociVersion"/);
  });
}
