// Each limit of linux.resources, as the container's own cgroup mount shows it inside.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { hasFileOnV2 } from "../helpers/cgroups.ts";
import type { Config } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { hostMounts } from "../helpers/mountinfo.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { skipUnless } from "../helpers/skip.ts";

leaveNothing();

/** A limit with the lines that files of the container's cgroup must have then. */
interface Case {
  readonly what: string;
  readonly controller: string;
  readonly resources: Record<string, unknown>;
  readonly v1: Readonly<Record<string, string>>;
  readonly v2?: Readonly<Record<string, string>>;
}

const MiB = 1024 * 1024;

/** A whole disk of this machine, as blkio wants it. */
const [major, minor, diskName] = disk();

function disk(): [major: number, minor: number, name: string | undefined] {
  const partitions = readFileSync("/proc/partitions", "utf8").trim().split("\n").slice(2);
  const rows = partitions.map((line) => line.trim().split(/\s+/));
  const [first, second, , name] = rows.find((row) => existsSync(`/sys/block/${row[3]}`)) ?? [];
  return [Number(first), Number(second), name];
}

const rate = (value: number) => [{ major, minor, rate: value }];

const cases: readonly Case[] = [
  {
    what: "memory.swap",
    controller: "memory",
    resources: { memory: { limit: 64 * MiB, swap: 96 * MiB } },
    v1: { "memory.memsw.limit_in_bytes": `${96 * MiB}` },
    v2: { "memory.swap.max": `${32 * MiB}` },
  },
  {
    what: "memory.swap, the same as memory.limit,",
    controller: "memory",
    resources: { memory: { limit: 64 * MiB, swap: 64 * MiB } },
    v1: { "memory.memsw.limit_in_bytes": `${64 * MiB}` },
    v2: { "memory.swap.max": "0", "memory.max": `${64 * MiB}` },
  },
  {
    what: "memory.swap without a limit",
    controller: "memory",
    resources: { memory: { limit: 64 * MiB, swap: -1 } },
    v1: { "memory.limit_in_bytes": `${64 * MiB}` },
    v2: { "memory.swap.max": "max", "memory.max": `${64 * MiB}` },
  },
  {
    what: "memory.swappiness",
    controller: "memory",
    resources: { memory: { swappiness: 7 } },
    v1: { "memory.swappiness": "7" },
  },
  {
    what: "memory.kernelTCP",
    controller: "memory",
    resources: { memory: { kernelTCP: 8 * MiB } },
    v1: { "memory.kmem.tcp.limit_in_bytes": `${8 * MiB}` },
  },
  {
    what: "memory.disableOOMKiller",
    controller: "memory",
    resources: { memory: { limit: 64 * MiB, disableOOMKiller: true } },
    v1: { "memory.oom_control": "oom_kill_disable 1" },
  },
  {
    what: "memory.useHierarchy",
    controller: "memory",
    resources: { memory: { useHierarchy: true } },
    v1: { "memory.use_hierarchy": "1" },
  },
  {
    what: "cpu.quota alone",
    controller: "cpu",
    resources: { cpu: { quota: 50_000 } },
    v1: { "cpu.cfs_quota_us": "50000", "cpu.cfs_period_us": "100000" },
    v2: { "cpu.max": "50000 100000" },
  },
  {
    what: "cpu.period alone",
    controller: "cpu",
    resources: { cpu: { period: 50_000 } },
    v1: { "cpu.cfs_quota_us": "-1", "cpu.cfs_period_us": "50000" },
    v2: { "cpu.max": "max 50000" },
  },
  {
    what: "pids.limit below zero",
    controller: "pids",
    resources: { pids: { limit: -1 } },
    v1: { "pids.max": "max" },
    v2: { "pids.max": "max" },
  },
  {
    what: "cpu.burst",
    controller: "cpu",
    resources: { cpu: { quota: 50_000, period: 100_000, burst: 20_000 } },
    v1: { "cpu.cfs_quota_us": "50000", "cpu.cfs_period_us": "100000", "cpu.cfs_burst_us": "20000" },
    v2: { "cpu.max": "50000 100000", "cpu.max.burst": "20000" },
  },
  {
    what: "cpu.idle",
    controller: "cpu",
    resources: { cpu: { idle: 1 } },
    v1: { "cpu.idle": "1" },
    v2: { "cpu.idle": "1" },
  },
  {
    what: "cpu.realtimeRuntime and cpu.realtimePeriod",
    controller: "cpu",
    resources: { cpu: { realtimeRuntime: 1_000, realtimePeriod: 500_000 } },
    v1: { "cpu.rt_runtime_us": "1000", "cpu.rt_period_us": "500000" },
  },
  {
    what: "blockIO.throttleReadBpsDevice and blockIO.throttleWriteBpsDevice",
    controller: "blkio",
    resources: {
      blockIO: { throttleReadBpsDevice: rate(64 * MiB), throttleWriteBpsDevice: rate(32 * MiB) },
    },
    v1: {
      "blkio.throttle.read_bps_device": `${major}:${minor} ${64 * MiB}`,
      "blkio.throttle.write_bps_device": `${major}:${minor} ${32 * MiB}`,
    },
    v2: { "io.max": `${major}:${minor} rbps=${64 * MiB} wbps=${32 * MiB} riops=max wiops=max` },
  },
  {
    what: "blockIO.throttleReadIOPSDevice and blockIO.throttleWriteIOPSDevice",
    controller: "blkio",
    resources: { blockIO: { throttleReadIOPSDevice: rate(5000), throttleWriteIOPSDevice: rate(4000) } },
    v1: {
      "blkio.throttle.read_iops_device": `${major}:${minor} 5000`,
      "blkio.throttle.write_iops_device": `${major}:${minor} 4000`,
    },
    v2: { "io.max": `${major}:${minor} rbps=max wbps=max riops=5000 wiops=4000` },
  },
  {
    what: "blockIO.weight",
    controller: "blkio",
    resources: { blockIO: { weight: 300 } },
    v1: { "blkio.bfq.weight": "300" },
    v2: hasFileOnV2("io.bfq.weight") ? { "io.bfq.weight": "default 300" } : { "io.weight": "default 2930" },
  },
  {
    what: "network.classID",
    controller: "net_cls",
    resources: { network: { classID: 0x100001 } },
    v1: { "net_cls.classid": `${0x100001}` },
  },
  {
    what: "network.priorities",
    controller: "net_prio",
    resources: { network: { priorities: [{ name: "lo", priority: 5 }] } },
    v1: { "net_prio.ifpriomap": "lo 5" },
  },
  {
    what: "hugepageLimits",
    controller: "hugetlb",
    resources: { hugepageLimits: [{ pageSize: "2MB", limit: 4 * MiB }] },
    v1: { "hugetlb.2MB.limit_in_bytes": `${4 * MiB}`, "hugetlb.2MB.rsvd.limit_in_bytes": `${4 * MiB}` },
    v2: { "hugetlb.2MB.max": `${4 * MiB}`, "hugetlb.2MB.rsvd.max": `${4 * MiB}` },
  },
];

/** Whether the machine has v1 hierarchies; a controller that is not mounted there gets a mount for the test alone. */
const old = hostMounts().some(({ type }) => type === "cgroup");
const isMounted = (controller: string) =>
  hostMounts().some(({ type, superOptions }) => type === "cgroup" && superOptions.includes(controller));

const withResources = (resources: Record<string, unknown>) => (config: Config) => {
  config.linux.resources = { ...config.linux.resources, ...resources };
};

/**
 * Executes its arguments where the controller $1 is mounted at $2, for nobody else to see. A controller that cgroup2 has
 * just given back is busy for a moment.
 */
const mountIt =
  'for wait in 0.1 0.3 1 3 -; do mount -t cgroup -o "$1" none "$2" && break; sleep "$wait"; done; shift 2; exec "$@"';
const mountedForOne = ["unshare", "--mount", "sh", "-ec", mountIt];

/** What a container with a limit reads of a file of its cgroup, as lines. */
function readInside(
  box: Sandbox,
  controller: string,
  resources: Record<string, unknown>,
  file: string,
): string[] {
  const hidden = old && !isMounted(controller);
  const through = [...mountedForOne, "sh", controller, box.folder(controller)];
  const result = box.run(
    (config) => {
      config.process.args = ["/bin/cat", `/sys/fs/cgroup/${old ? `${controller}/` : ""}${file}`];
      withResources(resources)(config);
    },
    hidden ? { through } : {},
  );
  assert.equal(result.status, 0, result.stderr);
  return result.stdout.trim().split("\n");
}

for (const one of cases) {
  it(`linux.resources.${one.what} can be read inside`, (box, t) => {
    const files = old ? one.v1 : one.v2;
    if (!skipUnless(t, files !== undefined, "cgroupV1")) return;
    const there = old || Object.keys(files ?? {}).every(hasFileOnV2);
    if (!skipUnless(t, there, "cgroupController")) return;
    for (const [file, line] of Object.entries(files ?? {})) {
      const lines = readInside(box, one.controller, one.resources, file);
      assert.ok(lines.includes(line), `${file}: ${lines.join(" | ")}`);
    }
  });
}

function canWeigh(): boolean {
  const schedulers = `/sys/block/${diskName}/queue/scheduler`;
  const known = diskName !== undefined && /\bbfq\b/.test(readFileSync(schedulers, "utf8"));
  return known && existsSync("/dev/loop-control");
}

/** Attaches a loop device that bfq schedules: the only scheduler that knows weights by device. */
function weighableDevice(box: Sandbox): Disposable & { numbers: string } {
  const image = join(box.directory, "disk");
  writeFileSync(image, "");
  truncateSync(image, MiB);
  const { stdout, stderr } = spawnSync("losetup", ["--find", "--show", image], { encoding: "utf8" });
  assert.notEqual(stdout, "", stderr);
  const path = stdout.trim();
  const sys = `/sys/block/${basename(path)}`;
  writeFileSync(`${sys}/queue/scheduler`, "bfq");
  const detach = () => void spawnSync("losetup", ["--detach", path]);
  return { numbers: readFileSync(`${sys}/dev`, "utf8").trim(), [Symbol.dispose]: detach };
}

it("linux.resources.blockIO.weightDevice can be read inside", (box, t) => {
  if (!skipUnless(t, canWeigh(), "bfq")) return;
  using device = weighableDevice(box);
  const [first, second] = device.numbers.split(":").map(Number);
  const resources = { blockIO: { weightDevice: [{ major: first, minor: second, weight: 300 }] } };
  const lines = readInside(box, "blkio", resources, old ? "blkio.bfq.weight_device" : "io.bfq.weight");
  assert.ok(lines.includes(`${device.numbers} 300`), lines.join(" | "));
});

for (const [what, blockIO] of [
  ["leafWeight", { leafWeight: 300 }],
  ["weightDevice[].leafWeight", { weightDevice: [{ major, minor, leafWeight: 300 }] }],
] as const) {
  it(`linux.resources.blockIO.${what} is not passed over in silence: the kernel has none since Linux 5.0`, (box) => {
    if (!old) {
      assert.match(box.run(withResources({ blockIO })).stderr, /nothing for .*leafWeight.* ignored/);
      return;
    }
    const bundle = box.bundle(withResources({ blockIO }));
    const line = box.fail(["create", "--bundle", bundle, box.newId()]);
    assert.match(line, /leaf_?weight/i);
  });
}

it("linux.resources.memory.kernel is ignored with a warning, as the kernel has no such limit since Linux 5.16", (box) => {
  const result = box.run(withResources({ memory: { limit: 64 * MiB, kernel: 32 * MiB } }));
  assert.equal(result.status, 0);
  assert.match(result.stderr, /kernel/i);
});

it("linux.resources.memory.checkBeforeUpdate changes nothing for a new container", (box) => {
  const resources = { memory: { limit: 64 * MiB, checkBeforeUpdate: true } };
  const file = old ? "memory.limit_in_bytes" : "memory.max";
  assert.deepEqual(readInside(box, "memory", resources, file), [`${64 * MiB}`]);
});

it("linux.resources.rdma is refused where the kernel has no such controller, and set where it has", (box) => {
  const resources = { rdma: { mlx5_0: { hcaHandles: 3, hcaObjects: 10 } } };
  if (!/^rdma\s/m.test(readFileSync("/proc/cgroups", "utf8"))) {
    const line = box.fail(["create", "--bundle", box.bundle(withResources(resources)), box.newId()]);
    assert.match(line, /rdma/);
    return;
  }
  assert.deepEqual(readInside(box, "rdma", resources, "rdma.max"), ["mlx5_0 hca_handle=3 hca_object=10"]);
});

it("linux.resources.unified sets files of cgroup v2, and is refused where there is v1", (box) => {
  const resources = { unified: { "memory.high": `${32 * MiB}`, "pids.max": "55" } };
  if (old) {
    const line = box.fail(["create", "--bundle", box.bundle(withResources(resources)), box.newId()]);
    assert.match(line, /cannot use unified on cgroup v1/);
    return;
  }
  assert.deepEqual(readInside(box, "memory", resources, "memory.high"), [`${32 * MiB}`]);
  assert.deepEqual(readInside(box, "pids", resources, "pids.max"), ["55"]);
});
