// A full disk, and one that is read-only, in the place of --root, of the pid file and of the log.
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Config } from "../../helpers/config.ts";
import { it } from "../../helpers/it.ts";
import { leaveNothing } from "../../helpers/leftovers.ts";
import { OwnMounts } from "../../helpers/own-mounts.ts";
import { lastLine } from "../../helpers/runtime.ts";
import type { Sandbox } from "../../helpers/sandbox.ts";

leaveNothing();

const sleeps = (config: Config) => {
  config.process.args = ["/bin/sleep", "1000000"];
};

/** A sandbox whose --root is a tmpfs of its own. */
function withRoot(box: Sandbox, options: string, body: (mounts: OwnMounts) => void): void {
  using mounts = new OwnMounts();
  mounts.sh(`mkdir -p ${box.root}; mount -t tmpfs -o ${options} tmpfs ${box.root}`);
  body(mounts);
  assert.equal(mounts.sh(`ls -A ${box.root}`), "", "something was left below --root");
}

for (const [what, option, most] of [
  ["inodes", "nr_inodes", 16],
  ["bytes", "size", 12],
] as const) {
  it(`create fails cleanly where the disk of --root has too few ${what}, however many it has`, (box) => {
    const bundle = box.bundle(sleeps);
    let failures = 0;
    for (let count = 1; ; count++) {
      assert.ok(count <= most, `${count} ${what} are not enough`);
      const id = box.newId();
      let status: number | null = null;
      withRoot(box, `${option}=${option === "size" ? `${count * 4}k` : count}`, ({ through }) => {
        const created = box.call(["create", "--bundle", bundle, id], { through });
        ({ status } = created);
        assert.equal(created.signal, null);
        if (status !== 0) {
          failures++;
          assert.match(
            lastLine(created),
            new RegExp(`level=error msg=".*${box.root}.*no space left on device`),
          );
        }
        if (status === 0) box.succeed(["start", id], { through });
        if (status === 0) box.succeed(["exec", id, "/bin/true"], { through });
        box.succeed(["delete", "--force", id], { through });
      });
      box.assertEmpty();
      if (status === 0) break;
    }
    assert.ok(failures > 0);
  });
}

it("a container lives and is deleted where the disk of --root has filled up since", (box) => {
  const id = box.newId();
  const bundle = box.bundle((config) => {
    sleeps(config);
    config.linux.resources = { ...config.linux.resources, pids: { limit: 10 } };
  });
  withRoot(box, "size=64k", (mounts) => {
    const { through } = mounts;
    box.succeed(["create", "--bundle", bundle, id], { through });
    mounts.sh(`cat /dev/zero >${box.root}/.filler 2>/dev/null || true`);
    box.succeed(["start", id], { through });
    box.succeed(["exec", id, "/bin/true"], { through });
    const refused = box.fail(["update", "--pids-limit", "20", id], { through });
    assert.match(refused, /writing .*config\.json: (open|write) .*: no space left on device/);
    const limit = mounts.sh(`cat $(find /sys/fs/cgroup/ -path '*/${id}*/pids.max')`);
    assert.equal(limit, "10\n", "an update that failed has changed a limit");
    box.succeed(["pause", id], { through });
    box.succeed(["resume", id], { through });
    box.succeed(["kill", id, "KILL"], { through });
    box.succeed(["delete", "--force", id], { through });
    mounts.sh(`rm ${box.root}/.filler`);
  });
});

it("commands fail cleanly where --root has become read-only, and delete --force says why it cannot", (box) => {
  const [id, other, bundle] = [box.newId(), box.newId(), box.bundle(sleeps)];
  withRoot(box, "size=64k", (mounts) => {
    const { through } = mounts;
    box.succeed(["create", "--bundle", bundle, id], { through });
    mounts.sh(`mount -o remount,ro ${box.root}`);
    assert.match(box.fail(["create", "--bundle", bundle, other], { through }), /read-only file system/);
    assert.match(box.fail(["update", "--pids-limit", "20", id], { through }), /read-only file system/);
    box.succeed(["state", id], { through });
    box.succeed(["list"], { through });
    assert.match(box.fail(["delete", "--force", id], { through }), /read-only file system/);
    mounts.sh(`mount -o remount,rw ${box.root}`);
    box.succeed(["delete", "--force", id], { through });
  });
});

it("create and exec fail cleanly where the pid file's disk is full", (box) => {
  using mounts = new OwnMounts();
  const { through } = mounts;
  const folder = box.folder("full");
  mounts.sh(`mount -t tmpfs -o size=4k tmpfs ${folder}; cat /dev/zero >${folder}/filler 2>/dev/null || true`);
  const file = join(folder, "pid");
  const id = box.newId();
  const refused = box.fail(["create", "--pid-file", file, "--bundle", box.bundle(sleeps), id], { through });
  assert.match(refused, new RegExp(`${file}.*: no space left on device`));
  box.assertEmpty();
  const running = box.running();
  const result = box.call(["exec", "--pid-file", file, running, "/bin/sleep", "1000000"], { through });
  assert.equal(result.status, 255);
  assert.match(lastLine(result), new RegExp(`${file}.*: no space left on device`));
  assert.equal(mounts.sh(`ls ${folder}`), "filler\n");
});

it("a command does its work where its log's disk is full", (box) => {
  using mounts = new OwnMounts();
  const { through } = mounts;
  const folder = box.folder("full");
  mounts.sh(`mount -t tmpfs -o size=4k tmpfs ${folder}; cat /dev/zero >${folder}/filler 2>/dev/null || true`);
  const id = box.running();
  box.succeed(["--log", join(folder, "log"), "--debug", "exec", id, "/bin/true"], { through });
  box.succeed(["--log", "/dev/full", "--debug", "delete", "--force", id], { through });
});

it("a container lives whose --root is on an overlay", (box) => {
  using mounts = new OwnMounts();
  const { through } = mounts;
  const layers = box.folder("layers");
  mounts.sh(
    `mount -t tmpfs tmpfs ${layers}; mkdir ${layers}/lower ${layers}/upper ${layers}/work ${box.root}`,
  );
  const options = `lowerdir=${layers}/lower,upperdir=${layers}/upper,workdir=${layers}/work`;
  mounts.sh(`mount -t overlay -o ${options} overlay ${box.root}`);
  const id = box.newId();
  for (const args of [
    ["create", "--bundle", box.bundle(sleeps), id],
    ["start", id],
    ["exec", id, "/bin/true"],
    ["update", "--pids-limit", "20", id],
    ["pause", id],
    ["delete", "--force", id],
  ]) {
    box.succeed(args, { through });
  }
  assert.equal(mounts.sh(`ls -A ${box.root}`), "");
});
