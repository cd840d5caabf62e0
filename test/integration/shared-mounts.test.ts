import assert from "node:assert/strict";
import { existsSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { type Config, removeNamespace } from "../helpers/config.ts";
import { ScratchMachine } from "../helpers/fuzz/machine.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";

leaveNothing();

/** Takes the mount namespace away, and what needs one. */
function shareMounts(config: Config): void {
  removeNamespace(config, "mount");
  config.root.readonly = false;
  delete config.linux.maskedPaths;
  delete config.linux.readonlyPaths;
}

it("without a mount namespace the container's mounts are its runtime's until it is deleted", (box) => {
  using machine = new ScratchMachine();
  const before = machine.inventory();
  const { through } = machine;
  const id = box.newId();
  const bundle = box.bundle((config) => {
    shareMounts(config);
    config.process.args = ["/bin/sleep", "1000000"];
  });
  box.succeed(["create", "--bundle", bundle, id], { through });
  assert.ok(machine.inventory().some((line) => line.includes(`${bundle}/rootfs/proc `)));
  box.succeed(["delete", "--force", id], { through });
  assert.deepEqual(machine.newSince(before), []);
});

it("without a mount namespace a creation that fails leaves no mount", (box) => {
  using machine = new ScratchMachine();
  const before = machine.inventory();
  const bundle = box.bundle((config) => {
    shareMounts(config);
    config.hooks = { createRuntime: [{ path: "/bin/false" }] };
  });
  box.fail(["create", "--bundle", bundle, box.newId()], { through: machine.through });
  assert.deepEqual(machine.newSince(before), []);
});

it("without a mount namespace the root can be read-only, and is itself again afterwards", (box) => {
  using machine = new ScratchMachine();
  const before = machine.inventory();
  const result = box.run(
    (config) => {
      shareMounts(config);
      config.root.readonly = true;
      config.process.args = ["/bin/sh", "-c", "touch /file; touch /dev/shm/file && echo done"];
    },
    { through: machine.through },
  );
  assert.match(result.stderr, /\/file: Read-only file system/);
  assert.equal(result.stdout, "done\n");
  assert.deepEqual(machine.newSince(before), []);
});

for (const root of ["/", "//", "/proc/../", "link"]) {
  it(`without a mount namespace the host's own root is refused: ${root}`, (box) => {
    using machine = new ScratchMachine();
    const before = machine.inventory();
    const id = box.newId();
    const bundle = box.bundle((config) => {
      shareMounts(config);
      config.root.path = root;
      config.mounts = [];
    });
    symlinkSync("/", join(bundle, "link"));
    const line = box.fail(["create", "--bundle", bundle, id], { through: machine.through });
    assert.match(line, /\/ is the host's own.*\/root\/path.*mount namespace/);
    assert.deepEqual(machine.newSince(before), []);
    assert.ok(!existsSync(join(box.root, id)));
  });
}
