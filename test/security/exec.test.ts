// What a container may try against those who execute programs in it (../shared/security.md).
import assert from "node:assert/strict";
import { existsSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { lastLine } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { skipUnless } from "../helpers/skip.ts";

leaveNothing();

function rootfs(box: Sandbox, id: string): string {
  return join(box.state(id).bundle, "rootfs");
}

it("exec: no descriptor of the host's is a working directory (CVE-2024-21626)", (box) => {
  const id = box.running();
  for (let number = 0; number <= 64; number++) {
    for (const cwd of [`/proc/self/fd/${number}`, `/proc/self/fd/${number}/..`]) {
      const { status, stdout } = box.call(["exec", "--cwd", cwd, id, "/bin/ls", "/"], { cwd: box.directory });
      assert.deepEqual([status, stdout], [255, ""], cwd);
    }
  }
});

it("exec: a link of the image's to a descriptor is no working directory (CVE-2024-21626)", (box) => {
  const id = box.running();
  for (let number = 3; number <= 24; number++) {
    symlinkSync(`/proc/self/fd/${number}`, join(rootfs(box, id), `cwd-${number}`));
    const result = box.call(["exec", "--cwd", `/cwd-${number}`, id, "/bin/pwd"], { cwd: box.directory });
    assert.notEqual(result.status, 0, `descriptor ${number}: ${result.stdout}`);
  }
});

it("exec: the program has standard input, output and error and nothing else (CVE-2024-21626)", (box) => {
  const script = "for n in $(seq 0 99); do [ -e /proc/$$/fd/$n ] && echo $n; done; true";
  assert.equal(box.succeed(["exec", box.running(), "/bin/sh", "-c", script]).stdout, "0\n1\n2\n");
});

it("exec: a profile that no security module would take is refused", (box, t) => {
  if (!skipUnless(t, !existsSync("/sys/kernel/security/apparmor"), "noAppArmor")) return;
  const result = box.call(["exec", "--apparmor", "some-profile", box.running(), "/bin/true"]);
  assert.equal(result.status, 255);
  assert.match(lastLine(result), /apparmor/i);
});
