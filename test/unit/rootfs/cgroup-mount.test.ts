import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { type CgroupMount, mountCgroups } from "../../../src/rootfs/cgroup-mount.ts";
import { parseMountOptions } from "../../../src/rootfs/mount-options.ts";
import { AT_FDCWD, O_PATH, openat } from "../../../src/sys/files.ts";
import { inMountNamespace, type MountNamespace } from "../../helpers/mount-namespace.ts";

/** Mounts cgroups whose directories are ordinary ones: what is bound looks the same. */
function withCgroups(
  mountOf: (directory: string) => CgroupMount,
  options: readonly string[],
  check: (namespace: MountNamespace) => void,
): void {
  inMountNamespace((namespace) => {
    const { hand, directory, view } = namespace;
    for (const name of ["cpu,cpuacct", "memory", "unified"]) {
      mkdirSync(view(`/host/${name}/container`), { recursive: true });
      writeFileSync(view(`/host/${name}/container/own`), "");
    }
    mkdirSync(view("/rootfs"));
    using root = openat(hand, AT_FDCWD, `${directory}/rootfs`, O_PATH);
    mountCgroups(hand, root.number, "/sys/fs/cgroup", mountOf(directory), parseMountOptions(options));
    hand.flush();
    check(namespace);
  });
}

const v1 = (directory: string): CgroupMount => ({
  version: 1,
  ownNamespace: false,
  hierarchies: [
    {
      name: "cpu,cpuacct",
      controllers: ["cpu", "cpuacct"],
      source: `${directory}/host/cpu,cpuacct/container`,
    },
    { name: "memory", controllers: ["memory"], source: `${directory}/host/memory/container` },
  ],
});

test("mountCgroups() shows the container's own directory of each v1 hierarchy, and links to joint ones", () => {
  withCgroups(v1, ["ro"], ({ view, mounts }) => {
    const top = "/rootfs/sys/fs/cgroup";
    assert.deepEqual(readdirSync(view(top)).sort(), ["cpu", "cpu,cpuacct", "cpuacct", "memory"]);
    assert.equal(readlinkSync(view(`${top}/cpu`)), "cpu,cpuacct");
    assert.deepEqual(readdirSync(view(`${top}/memory`)), ["own"]);
    for (const place of [top, `${top}/memory`, `${top}/cpu,cpuacct`]) {
      const options = mounts().get(place)?.options ?? [];
      for (const option of ["ro", "nosuid", "nodev", "noexec"]) assert.ok(options.includes(option), place);
    }
  });
});

test("mountCgroups() leaves them writable without ro", () => {
  withCgroups(v1, ["nosuid"], ({ mounts }) => {
    assert.ok(mounts().get("/rootfs/sys/fs/cgroup/memory")?.options.includes("rw"));
    assert.ok(mounts().get("/rootfs/sys/fs/cgroup")?.options.includes("rw"));
  });
});

test("mountCgroups() binds the container's directory of the unified hierarchy", () => {
  const v2 = (directory: string): CgroupMount => {
    return { version: 2, ownNamespace: false, source: `${directory}/host/unified/container` };
  };
  withCgroups(v2, ["ro", "nosuid"], ({ view, mounts }) => {
    assert.deepEqual(readdirSync(view("/rootfs/sys/fs/cgroup")), ["own"]);
    const options = mounts().get("/rootfs/sys/fs/cgroup")?.options ?? [];
    assert.ok(options.includes("ro") && options.includes("nosuid"), String(options));
  });
});
