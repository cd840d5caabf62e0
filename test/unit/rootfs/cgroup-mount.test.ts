import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { mountCgroups } from "../../../src/rootfs/cgroup-mount.ts";
import type { CgroupMount } from "../../../src/rootfs/cgroup-view.ts";
import { parseMountOptions } from "../../../src/rootfs/mount-options.ts";
import { bindRoot } from "../../../src/rootfs/root-mount.ts";
import { contextOf } from "../../helpers/mount-context.ts";
import { inMountNamespace, type MountNamespace } from "../../helpers/mount-namespace.ts";

/** Mounts cgroups whose directories are ordinary ones: what is bound looks the same. */
function withCgroups(
  mountOf: (directory: string) => CgroupMount,
  options: readonly string[],
  check: (namespace: MountNamespace) => void,
  user = false,
): void {
  inMountNamespace((namespace) => {
    const { hand, directory, view } = namespace;
    for (const name of ["cpu,cpuacct", "memory", "unified"]) {
      mkdirSync(view(`/host/${name}/container`), { recursive: true });
      writeFileSync(view(`/host/${name}/container/own`), "");
    }
    mkdirSync(view("/rootfs"));
    const context = contextOf(bindRoot(hand, `${directory}/rootfs`), directory);
    mountCgroups(
      hand,
      context,
      { destination: "/sys/fs/cgroup" },
      mountOf(directory),
      parseMountOptions(options),
    );
    hand.flush();
    check(namespace);
  }, user);
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

const v2 = (directory: string, ownNamespace: boolean): CgroupMount => {
  const mountPoint = `${directory}/host/unified`;
  return { version: 2, ownNamespace, own: `${mountPoint}/container`, mountPoint };
};

test("mountCgroups() mounts the unified hierarchy from the root of the container's own namespace on", () => {
  const own = (directory: string) => v2(directory, true);
  withCgroups(own, ["ro", "nosuid"], ({ mounts }) => {
    const mount = mounts().get("/rootfs/sys/fs/cgroup");
    assert.equal(mount?.type, "cgroup2");
    assert.ok(mount.options.includes("ro") && mount.options.includes("nosuid"), mount.line);
  });
});

/** What is bound: without a namespace of its own, and in a user namespace that may not mount the hierarchy. */
const bound: readonly (readonly [own: boolean, user: boolean, shown: string[]])[] = [
  [false, false, ["container"]],
  [false, true, ["container"]],
  [true, true, ["own"]],
];

for (const [own, user, shown] of bound) {
  const whose = `${own ? "own" : "host's"} cgroup namespace${user ? " and a user namespace" : ""}`;
  test(`mountCgroups() binds ${shown} of the unified hierarchy for its ${whose}`, () => {
    withCgroups(
      (directory) => v2(directory, own),
      ["ro", "nosuid"],
      ({ view, mounts }) => {
        assert.deepEqual(readdirSync(view("/rootfs/sys/fs/cgroup")), shown);
        const options = mounts().get("/rootfs/sys/fs/cgroup")?.options ?? [];
        assert.ok(options.includes("ro") && options.includes("nosuid"), String(options));
      },
      user,
    );
  });
}

test("mountCgroups() shows nothing, read-only, where the cgroups are out of reach (CVE-2023-25809)", () => {
  const missing: CgroupMount = { version: 2, ownNamespace: true, own: "/missing", mountPoint: "/missing" };
  withCgroups(
    () => missing,
    ["nosuid"],
    ({ view, mounts }) => {
      assert.deepEqual(readdirSync(view("/rootfs/sys/fs/cgroup")), []);
      assert.ok(mounts().get("/rootfs/sys/fs/cgroup")?.options.includes("ro"));
    },
    true,
  );
});

test("mountCgroups() sets the propagation", () => {
  withCgroups(v1, ["shared"], ({ mounts }) => {
    for (const place of ["", "/memory"]) {
      assert.match(mounts().get(`/rootfs/sys/fs/cgroup${place}`)?.propagation.join() ?? "", /^shared:/);
    }
  });
});
