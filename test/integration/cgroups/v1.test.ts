import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { geteuid } from "node:process";
import { type TestContext, test } from "node:test";
import { readHostCgroups } from "../../../src/cgroups/host.ts";
import type { CgroupManager } from "../../../src/cgroups/manager.ts";
import { selectManager } from "../../../src/cgroups/select.ts";
import { it } from "../../helpers/it.ts";
import { leaveNothing } from "../../helpers/leftovers.ts";
import { skipUnless } from "../../helpers/skip.ts";
import { warningsOf } from "../../helpers/warnings.ts";

leaveNothing();

const MiB = 1 << 20;
const host = readHostCgroups();
const parent = `tsrun-test-v1-${process.pid}`;

/** A cgroup of v1 below one of its own, and files in both. */
interface Place {
  readonly manager: CgroupManager;
  readonly read: (controller: string, file: string) => string;
  /** The directory above. */
  readonly above: (controller: string) => string;
  readonly t: TestContext;
}

function managerOf(name: string): CgroupManager {
  return selectManager({ cgroupsPath: `/${parent}/${name}`, id: "x", systemd: false, rootless: false });
}

function inV1(title: string, body: (place: Place) => Promise<void> | void): void {
  test(title, async (t) => {
    if (!skipUnless(t, geteuid?.() === 0 && host.v1.length > 0, "cgroupV1")) return;
    const manager = managerOf("box");
    const directory = (controller: string) => manager.paths[controller] ?? "";
    const read = (controller: string, file: string) =>
      readFileSync(`${directory(controller)}/${file}`, "utf8").trim();
    try {
      await body({ manager, read, above: (controller) => directory(controller).slice(0, -"/box".length), t });
    } finally {
      manager.kill();
      manager.undo();
    }
  });
}

/** A process in the cgroup that holds some memory. */
async function holder(manager: CgroupManager, bytes: number): Promise<ChildProcess> {
  const script = `read go; x=$(head -c ${bytes} /dev/zero | tr "\\0" x); echo held; read end`;
  const child = spawn("/bin/sh", ["-c", script], { stdio: ["pipe", "pipe", "ignore"] });
  manager.add(child.pid ?? 0);
  child.stdin?.write("go\n");
  await once(child.stdout ?? child, "data");
  return child;
}

inV1("update() of memory and swap raises both and lowers both", ({ manager, read }) => {
  manager.create();
  for (const [limit, swap] of [
    [64 * MiB, 128 * MiB],
    [256 * MiB, 512 * MiB],
    [32 * MiB, 32 * MiB],
    [64 * MiB, -1],
    [16 * MiB, 64 * MiB],
    [-1, 0],
  ] as const) {
    manager.update({ memory: { limit, swap } });
    const [memory, both] = ["memory.limit_in_bytes", "memory.memsw.limit_in_bytes"].map((file) => {
      const value = Number(read("memory", file));
      return value > 2 ** 60 ? -1 : value;
    });
    assert.deepEqual([memory, both], [limit, swap === 0 ? -1 : swap]);
  }
});

inV1(
  "update() below what is in use says how much that is, and puts everything back",
  async ({ manager, read }) => {
    manager.create();
    manager.apply({
      cpu: { shares: 512, quota: 50000, period: 100000 },
      memory: { limit: 256 * MiB, swap: 256 * MiB },
    });
    const child = await holder(manager, 24 * MiB);
    const files = [
      ["cpuset", "cpuset.cpus"],
      ["memory", "memory.memsw.limit_in_bytes"],
      ["memory", "memory.limit_in_bytes"],
      ["pids", "pids.max"],
    ] as const;
    const before = files.map(([controller, file]) => read(controller, file));
    const warnings = warningsOf(() =>
      assert.throws(
        () =>
          manager.update({
            cpu: { shares: 1024, cpus: "0" },
            // Swap first, as both grow; the reservation is refused last.
            memory: { limit: 8 * MiB, swap: 512 * MiB },
            pids: { limit: 100 },
          }),
        {
          message: /^unable to set memory limit to 8388608 \(current usage: \d{8,}, peak usage: \d{8,}\)$/,
          pointer: "/linux/resources/memory/limit",
        },
      ),
    );
    assert.deepEqual(warnings, []);
    assert.deepEqual(
      files.map(([controller, file]) => read(controller, file)),
      before,
    );
    child.kill("SIGKILL");
  },
);

inV1("update() puts back what it wrote before a file that isn't there", ({ manager, read }) => {
  manager.create();
  manager.apply({ cpu: { shares: 512, quota: 50000, period: 100000, burst: 1000 }, pids: { limit: 7 } });
  const values = () =>
    [
      ...["shares", "cfs_quota_us", "cfs_period_us", "cfs_burst_us", "idle"].map((file) =>
        read("cpu", `cpu.${file}`),
      ),
      read("memory", "memory.limit_in_bytes"),
      read("memory", "memory.oom_control").split("\n")[0],
      read("pids", "pids.max"),
    ].join(" ");
  const before = values();
  const warnings = warningsOf(() =>
    assert.throws(
      () =>
        manager.update({
          cpu: { shares: 2, quota: 20000, period: 20000, burst: 20000, idle: 0 },
          memory: { limit: 64 * MiB, swap: 64 * MiB, disableOOMKiller: true },
          pids: { limit: 9 },
          rdma: { none: { hcaHandles: 1 } },
        }),
      { pointer: "/linux/resources/rdma/none" },
    ),
  );
  assert.deepEqual([warnings, values()], [[], before]);
});

inV1(
  "update() of period and quota goes both ways under the quota of the cgroup above",
  ({ manager, read, above }) => {
    manager.create();
    writeFileSync(`${above("cpu")}/cpu.cfs_quota_us`, "100000");
    for (const [period, quota, burst] of [
      [100000, 50000, 1000],
      // Refused beside the old quota, which would be five times the parent's.
      [10000, 5000, 5000],
      // And these beside the old period.
      [100000, 100000, 50000],
    ] as const) {
      manager.update({ cpu: { period, quota, burst } });
      assert.deepEqual(
        ["cfs_period_us", "cfs_quota_us", "cfs_burst_us"].map((file) => Number(read("cpu", `cpu.${file}`))),
        [period, quota, burst],
      );
    }
  },
);

inV1("update() reaches an idle group, and one that is not idle any more", ({ manager, read }) => {
  manager.create();
  manager.apply({ cpu: { shares: 512, idle: 1 } });
  manager.update({ cpu: { shares: 512, idle: 1 }, pids: { limit: 7 } });
  assert.deepEqual([read("cpu", "cpu.idle"), read("pids", "pids.max")], ["1", "7"]);
  manager.update({ cpu: { shares: 512, idle: 0 } });
  assert.deepEqual([read("cpu", "cpu.idle"), read("cpu", "cpu.shares")], ["0", "512"]);
});

inV1("limitDevices() leaves the list that the rules come to", ({ manager, read }) => {
  manager.create();
  const devices = [
    { allow: false, access: "rwm" },
    { allow: true, type: "c", major: 10, minor: 229, access: "rwm" },
    { allow: false, type: "c", major: 10, access: "w" },
  ];
  manager.limitDevices({ devices });
  const list = () => read("devices", "devices.list").split("\n");
  const before = list();
  assert.ok(before.includes("c 10:229 rm"), before.join(", "));
  assert.ok(before.includes("c 1:3 rwm"));
  // From one list to another, without a moment in which everything is denied.
  manager.limitDevices({ devices: devices.slice(0, 1) });
  assert.deepEqual(
    list(),
    before.filter((line) => line !== "c 10:229 rm"),
  );
  manager.limitDevices({ devices: [{ allow: true, access: "rwm" }] });
  assert.deepEqual(list(), ["a *:* rwm"]);
});

inV1("limitDevices() refuses a rule that v1 has no list for", ({ manager }) => {
  manager.create();
  const devices = [
    { allow: true, type: "c", access: "rwm" },
    { allow: false, type: "c", major: 1, minor: 11, access: "r" },
  ];
  assert.throws(() => manager.limitDevices({ devices }), {
    message: "cgroup v1 cannot except c 1:11 r from the device rule c *:* rwm before it",
    pointer: "/linux/resources/devices/1",
  });
});

/** @returns whether the kernel takes it */
function tryWrite(path: string, text: string): boolean {
  try {
    writeFileSync(path, text);
    return true;
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, "EINVAL");
    return false;
  }
}

inV1(
  "CPUs that another cgroup has for itself are left out when others are asked for",
  ({ manager, read, above, t }) => {
    if (!skipUnless(t, availableParallelism() > 1, "twoCpus")) return;
    manager.create();
    const [cpuset, mems] = [above("cpuset"), read("cpuset", "cpuset.mems")];
    manager.remove();
    // A cgroup can have CPUs for itself where that above it has them so.
    if (!skipUnless(t, tryWrite(`${cpuset}/cpuset.cpu_exclusive`, "1"), "cpusetsAlone")) return;
    const sibling = `${cpuset}/sibling`;
    mkdirSync(sibling);
    try {
      writeFileSync(`${sibling}/cpuset.cpus`, "0");
      writeFileSync(`${sibling}/cpuset.mems`, mems);
      writeFileSync(`${sibling}/cpuset.cpu_exclusive`, "1");
      manager.create();
      assert.throws(() => manager.apply({}), {
        message: /can't have the CPUs and memory nodes of its parent$/,
      });
      manager.apply({ cpu: { cpus: "1" } });
      assert.deepEqual([read("cpuset", "cpuset.cpus"), read("cpuset", "cpuset.mems")], ["1", mems]);
    } finally {
      rmdirSync(sibling);
    }
  },
);

inV1("a cgroup in a frozen one isn't paused, and none is made there", ({ manager, above }) => {
  manager.create();
  const state = `${above("freezer")}/freezer.state`;
  writeFileSync(state, "FROZEN");
  try {
    assert.equal(manager.isFrozen(), false);
    assert.throws(() => managerOf("other").create(), { message: /container's cgroup unexpectedly frozen/ });
  } finally {
    writeFileSync(state, "THAWED");
  }
});

inV1("a hybrid host limits by v2 what is in no v1 hierarchy", ({ manager, read, t }) => {
  const [root, file] = [host.v2?.mountPoint ?? "", "hugetlb.2MB.max"];
  const words = (name: string) => (root === "" ? [] : readFileSync(`${root}/${name}`, "utf8").split(/\s/));
  if (!skipUnless(t, words("cgroup.controllers").includes("hugetlb"), "cgroupController")) return;
  const wasOn = words("cgroup.subtree_control").includes("hugetlb");
  manager.create();
  try {
    manager.apply({ hugepageLimits: [{ pageSize: "2MB", limit: 4 * MiB }], pids: { limit: 7 } });
    assert.deepEqual([read("", file), read("pids", "pids.max")], [String(4 * MiB), "7"]);
    manager.update({ hugepageLimits: [{ pageSize: "2MB", limit: 6 * MiB }] });
    assert.equal(read("", file), String(6 * MiB));
  } finally {
    manager.undo();
    // It could not be mounted as v1 else, as other tests do.
    if (!wasOn) writeFileSync(`${root}/cgroup.subtree_control`, "-hugetlb");
  }
});

inV1("freeze() stops processes that fork without end", ({ manager, read }) => {
  manager.create();
  const child = spawn("/bin/sh", ["-c", "while :; do /bin/true; done"], { stdio: "ignore" });
  try {
    manager.add(child.pid ?? 0);
    for (let round = 0; round < 20; round++) {
      manager.freeze();
      assert.equal(read("freezer", "freezer.state"), "FROZEN");
      manager.thaw();
    }
  } finally {
    child.kill("SIGKILL");
  }
});

it("a container comes into named hierarchies, wherever they are mounted", (box, t) => {
  if (!skipUnless(t, geteuid?.() === 0 && host.v1.length > 0, "cgroupV1")) return;
  const name = `tsrun-test-${process.pid}`;
  const folder = box.folder("hierarchy");
  const mount = `mount -t cgroup -o none,name=${name} cgroup ${folder} && "$@"; status=$?; rmdir ${folder}/${parent}; exit $status`;
  const result = box.run(
    (config) => {
      config.process.args = ["/bin/cat", "/proc/self/cgroup"];
      config.linux.namespaces = config.linux.namespaces?.filter(({ type }) => type !== "cgroup") ?? [];
      config.linux.cgroupsPath = `/${parent}/named`;
    },
    { through: ["unshare", "--mount", "sh", "-c", mount, "sh"] },
  );
  assert.equal(result.status, 0, result.stderr);
  assert.match(result.stdout, new RegExp(`:name=${name}:/${parent}/named$`, "m"));
  for (const { mountPoint } of host.v1) rmdirSync(`${mountPoint}/${parent}`);
  if (host.v2 !== undefined) rmdirSync(`${host.v2.mountPoint}/${parent}`);
  // As long as its last cgroup is dying it outlives its mount, and is in every /proc/PID/cgroup: containerd fails on that.
  const exists = () => readFileSync("/proc/self/cgroup", "utf8").includes(`:name=${name}:`);
  const again = `mount -t cgroup -o none,name=${name} cgroup ${folder} && umount ${folder} && sleep 0.1`;
  for (let tries = 0; tries < 100 && exists(); tries++) spawnSync("unshare", ["--mount", "sh", "-c", again]);
  assert.ok(!exists(), `the hierarchy ${name} is left`);
});

it("hierarchies that are mounted over the host's own serve as well", (box, t) => {
  if (!skipUnless(t, geteuid?.() === 0 && host.v1.length > 0, "cgroupV1")) return;
  const over = host.v1.map(({ controllers, mountPoint }) => {
    const named = controllers[0]?.startsWith("name=") === true ? "none," : "";
    return `mkdir -p ${mountPoint} && mount -t cgroup -o ${named}${controllers.join(",")} cgroup ${mountPoint}`;
  });
  const script = ["mount -t tmpfs tmpfs /sys/fs/cgroup", ...over, '"$@"'].join(" && ");
  const result = box.run(
    (config) => {
      config.process.args = ["/bin/cat", "/proc/self/cgroup"];
      config.linux.namespaces = config.linux.namespaces?.filter(({ type }) => type !== "cgroup") ?? [];
      config.linux.cgroupsPath = `/${parent}/over`;
      config.linux.resources = { ...config.linux.resources, memory: { limit: 64 * MiB } };
    },
    { through: ["unshare", "--mount", "sh", "-c", script, "sh"] },
  );
  for (const { mountPoint } of host.v1) rmdirSync(`${mountPoint}/${parent}`);
  assert.equal(result.status, 0, result.stderr);
  assert.match(result.stdout, new RegExp(`:memory:/${parent}/over$`, "m"));
});
