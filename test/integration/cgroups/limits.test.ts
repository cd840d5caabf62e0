// Every limit of linux.resources, read back from the container's cgroup: on v1 and v2, with either driver.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { type CgroupFile, cgroupFile, hasController, isV1, readCgroup } from "../../helpers/cgroups.ts";
import type { Config } from "../../helpers/config.ts";
import { it } from "../../helpers/it.ts";
import { leaveNothing } from "../../helpers/leftovers.ts";
import { skipUnless } from "../../helpers/skip.ts";

leaveNothing();

const MiB = 2 ** 20;

/** A whole disk of this machine, as limits are for these alone. */
const disk = readdirSync("/sys/block")
  .filter((name) => !/^(loop|ram|zram)/.test(name))
  .map((name) => readFileSync(`/sys/block/${name}/dev`, "utf8").trim())[0];
const [major = 0, minor = 0] = (disk ?? "").split(":").map(Number);

/** What a file says, as a text or by a pattern. */
type Expected = readonly (readonly [file: string, says: string | RegExp])[];

/** A limit with its files in either version; where one is missing, that version has none for it. */
interface Case {
  readonly what: string;
  /** By its name on v1. */
  readonly controller: string;
  readonly resources: Record<string, unknown>;
  readonly v1?: Expected;
  readonly v2?: Expected;
}

const rate = (number: number) => [{ major, minor, rate: number }];

const cases: readonly Case[] = [
  {
    what: "memory limit",
    controller: "memory",
    resources: { memory: { limit: 64 * MiB } },
    v1: [["memory.limit_in_bytes", "67108864"]],
    v2: [["memory.max", "67108864"]],
  },
  {
    what: "least memory limit that init starts with",
    controller: "memory",
    resources: { memory: { limit: MiB } },
    v1: [["memory.limit_in_bytes", "1048576"]],
    v2: [["memory.max", "1048576"]],
  },
  {
    what: "memory reservation",
    controller: "memory",
    resources: { memory: { limit: 64 * MiB, reservation: 32 * MiB } },
    v1: [["memory.soft_limit_in_bytes", "33554432"]],
    v2: [["memory.low", "33554432"]],
  },
  {
    what: "limit of memory and swap",
    controller: "memory",
    resources: { memory: { limit: 64 * MiB, swap: 96 * MiB } },
    v1: [["memory.memsw.limit_in_bytes", "100663296"]],
    v2: [["memory.swap.max", "33554432"]],
  },
  {
    what: "memory without a limit",
    controller: "memory",
    resources: { memory: { limit: -1, swap: -1 } },
    v1: [["memory.limit_in_bytes", "9223372036854771712"]],
    v2: [
      ["memory.max", "max"],
      ["memory.swap.max", "max"],
    ],
  },
  {
    what: "swappiness",
    controller: "memory",
    resources: { memory: { swappiness: 17 } },
    v1: [["memory.swappiness", "17"]],
  },
  {
    what: "disabled OOM killer",
    controller: "memory",
    resources: { memory: { limit: 64 * MiB, disableOOMKiller: true } },
    v1: [["memory.oom_control", /^oom_kill_disable 1$/m]],
  },
  {
    what: "limit of TCP's memory",
    controller: "memory",
    resources: { memory: { kernelTCP: 16 * MiB } },
    v1: [["memory.kmem.tcp.limit_in_bytes", "16777216"]],
  },
  {
    what: "cpu quota",
    controller: "cpu",
    resources: { cpu: { quota: 50_000, period: 200_000 } },
    v1: [
      ["cpu.cfs_quota_us", "50000"],
      ["cpu.cfs_period_us", "200000"],
    ],
    v2: [["cpu.max", "50000 200000"]],
  },
  {
    what: "cpu period without a quota",
    controller: "cpu",
    resources: { cpu: { period: 50_000 } },
    v1: [["cpu.cfs_period_us", "50000"]],
    v2: [["cpu.max", "max 50000"]],
  },
  {
    what: "cpu burst",
    controller: "cpu",
    resources: { cpu: { quota: 50_000, period: 200_000, burst: 20_000 } },
    v1: [["cpu.cfs_burst_us", "20000"]],
    v2: [["cpu.max.burst", "20000"]],
  },
  {
    what: "cpu shares",
    controller: "cpu",
    resources: { cpu: { shares: 512 } },
    v1: [["cpu.shares", "512"]],
    // runc 1.3's curve, or the straight line of those before.
    v2: [["cpu.weight", /^(59|20)$/]],
  },
  {
    what: "cpu idleness",
    controller: "cpu",
    resources: { cpu: { idle: 1 } },
    v1: [["cpu.idle", "1"]],
    v2: [["cpu.idle", "1"]],
  },
  {
    what: "real-time runtime",
    controller: "cpu",
    resources: { cpu: { realtimeRuntime: 1000, realtimePeriod: 500_000 } },
    v1: [
      ["cpu.rt_runtime_us", "1000"],
      ["cpu.rt_period_us", "500000"],
    ],
  },
  {
    what: "choice of cpus",
    controller: "cpuset",
    resources: { cpu: { cpus: "0", mems: "0" } },
    v1: [
      ["cpuset.cpus", "0"],
      ["cpuset.mems", "0"],
    ],
    v2: [
      ["cpuset.cpus", "0"],
      ["cpuset.mems", "0"],
    ],
  },
  {
    what: "number of processes",
    controller: "pids",
    resources: { pids: { limit: 33 } },
    v1: [["pids.max", "33"]],
    v2: [["pids.max", "33"]],
  },
  {
    what: "number of processes without a limit",
    controller: "pids",
    resources: { pids: { limit: -1 } },
    v1: [["pids.max", "max"]],
    v2: [["pids.max", "max"]],
  },
  {
    what: "weight of I/O with bfq",
    controller: "blkio",
    resources: { blockIO: { weight: 300 } },
    v1: [["blkio.bfq.weight", "300"]],
    v2: [["io.bfq.weight", /^(default )?300$/]],
  },
  {
    what: "rates of a disk",
    controller: "blkio",
    resources: {
      blockIO: {
        throttleReadBpsDevice: rate(1_048_576),
        throttleWriteBpsDevice: rate(2_097_152),
        throttleReadIOPSDevice: rate(100),
        throttleWriteIOPSDevice: rate(200),
      },
    },
    v1: [
      ["blkio.throttle.read_bps_device", `${disk} 1048576`],
      ["blkio.throttle.write_bps_device", `${disk} 2097152`],
      ["blkio.throttle.read_iops_device", `${disk} 100`],
      ["blkio.throttle.write_iops_device", `${disk} 200`],
    ],
    v2: [["io.max", `${disk} rbps=1048576 wbps=2097152 riops=100 wiops=200`]],
  },
  {
    what: "limit of huge pages",
    controller: "hugetlb",
    resources: { hugepageLimits: [{ pageSize: "2MB", limit: 4 * MiB }] },
    v1: [["hugetlb.2MB.limit_in_bytes", "4194304"]],
    v2: [
      ["hugetlb.2MB.max", "4194304"],
      ["hugetlb.2MB.rsvd.max", "4194304"],
    ],
  },
  {
    what: "class of network packets",
    controller: "net_cls",
    resources: { network: { classID: 1_048_577 } },
    v1: [["net_cls.classid", "1048577"]],
  },
  {
    what: "priority of network packets",
    controller: "net_prio",
    resources: { network: { priorities: [{ name: "lo", priority: 5 }] } },
    v1: [["net_prio.ifpriomap", /^lo 5$/m]],
  },
];

/** A file of this version of cgroups. */
function file(controller: string, name: string): CgroupFile {
  return isV1 ? { v1: [controller, name] } : { v2: name };
}

const limit = (resources: Record<string, unknown>) => (config: Config) => {
  config.linux.resources = { ...config.linux.resources, ...resources };
};

for (const { what, controller, resources, v1, v2 } of cases) {
  const expected = isV1 ? v1 : v2;
  if (expected === undefined) continue;
  it(`the ${what} is in the container's cgroup once it is created`, (box, t) => {
    if (!skipUnless(t, hasController(controller === "blkio" ? "io" : controller), "cgroupController")) return;
    const plain = box.create(["/bin/true"]).id;
    const isThere = ([name]: Expected[number]) => existsSync(cgroupFile(box, plain, file(controller, name)));
    if (!skipUnless(t, expected.every(isThere), "cgroupFile")) return;
    const { id } = box.create(["/bin/sleep", "1000000"], limit(resources));
    const check = () => {
      for (const [name, says] of expected) {
        const text = readCgroup(box, id, file(controller, name));
        if (says instanceof RegExp) assert.match(text, says, name);
        else assert.equal(text, says, name);
      }
    };
    check();
    box.succeed(["start", id]);
    check();
  });
}

it("what has no limit is as in a container that never had one", (box) => {
  const names: Expected = isV1
    ? [
        ["memory.limit_in_bytes", ""],
        ["memory.soft_limit_in_bytes", ""],
      ]
    : [
        ["memory.max", ""],
        ["memory.low", ""],
      ];
  const values = (id: string) => names.map(([name]) => readCgroup(box, id, file("memory", name)));
  const plain = box.create(["/bin/true"]).id;
  const zeros = box.create(
    ["/bin/true"],
    limit({ memory: { limit: 0, reservation: 0, swap: 0 }, cpu: { shares: 0 } }),
  ).id;
  assert.deepEqual(values(zeros), values(plain));
});
