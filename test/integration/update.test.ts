// `update`: what becomes of a container's limits, on whichever cgroups there are and with either driver.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type CgroupFile,
  cgroupDriver,
  cgroupFile,
  hasController,
  isV1,
  readCgroup,
} from "../helpers/cgroups.ts";
import type { Config } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { skipUnless } from "../helpers/skip.ts";

leaveNothing();

const MiB = 2 ** 20;

/** What the limits are called on v1 and v2. */
const files = {
  memory: { v1: ["memory", "memory.limit_in_bytes"], v2: "memory.max" },
  swap: { v1: ["memory", "memory.memsw.limit_in_bytes"], v2: "memory.swap.max" },
  reservation: { v1: ["memory", "memory.soft_limit_in_bytes"], v2: "memory.low" },
  pids: { v1: ["pids", "pids.max"], v2: "pids.max" },
  shares: { v1: ["cpu", "cpu.shares"], v2: "cpu.weight" },
  quota: { v1: ["cpu", "cpu.cfs_quota_us"], v2: "cpu.max" },
  period: { v1: ["cpu", "cpu.cfs_period_us"], v2: "cpu.max" },
  burst: { v1: ["cpu", "cpu.cfs_burst_us"], v2: "cpu.max.burst" },
  idle: { v1: ["cpu", "cpu.idle"], v2: "cpu.idle" },
  cpus: { v1: ["cpuset", "cpuset.cpus"], v2: "cpuset.cpus" },
} as const satisfies Record<string, CgroupFile>;

/** Limits of a new container that the tests start from. */
function limit(config: Config): void {
  config.linux.resources = {
    ...config.linux.resources,
    memory: { limit: 32 * MiB, reservation: 24 * MiB },
    cpu: { shares: 100, quota: 500_000, period: 1_000_000 },
    pids: { limit: 20 },
  };
}

/** Quota and period, however they are spread over files. */
function cpuTime(box: Sandbox, id: string): string {
  if (!isV1) return readCgroup(box, id, files.quota);
  const quota = readCgroup(box, id, files.quota);
  return `${quota === "-1" ? "max" : quota} ${readCgroup(box, id, files.period)}`;
}

/** v1 says no limit by a number of pages. */
function isUnlimited(text: string): boolean {
  return text === "max" || Number(text) > 2 ** 60;
}

function countsSwap(box: Sandbox, id: string): boolean {
  return existsSync(cgroupFile(box, id, files.swap));
}

it("update changes the limit that a flag names, before or after the id", (box) => {
  const id = box.running(limit);
  box.succeed(["update", "--memory", "64M", id]);
  assert.equal(readCgroup(box, id, files.memory), String(64 * MiB));
  box.succeed(["update", id, "--memory", "52428800"]);
  assert.equal(readCgroup(box, id, files.memory), String(50 * MiB));
  box.succeed(["update", id, "--memory-reservation=32M"]);
  assert.equal(readCgroup(box, id, files.reservation), String(32 * MiB));
  box.succeed(["update", "--pids-limit", "10", id]);
  assert.equal(readCgroup(box, id, files.pids), "10");
  box.succeed(["update", id, "--pids-limit", "-1"]);
  assert.equal(readCgroup(box, id, files.pids), "max");
  box.succeed(["update", id, "--memory=-1"]);
  assert.ok(isUnlimited(readCgroup(box, id, files.memory)));
});

it("update leaves what it is not asked for", (box) => {
  const id = box.running(limit);
  const shares = readCgroup(box, id, files.shares);
  box.succeed(["update", id, "--pids-limit", "7"]);
  box.succeed(["update", id]);
  box.succeed(["update", id, "--memory", "0", "--cpu-quota", "0", "--cpu-period", "0", "--cpu-share", "0"]);
  assert.equal(readCgroup(box, id, files.memory), String(32 * MiB));
  assert.equal(readCgroup(box, id, files.reservation), String(24 * MiB));
  assert.equal(readCgroup(box, id, files.shares), shares);
  assert.equal(cpuTime(box, id), "500000 1000000");
  assert.equal(readCgroup(box, id, files.pids), "7");
});

it("update changes quota and period one by one and together", (box) => {
  const id = box.running(limit);
  // Whole percents, to which systemd rounds.
  box.succeed(["update", id, "--cpu-period", "625000"]);
  assert.equal(cpuTime(box, id), "500000 625000");
  box.succeed(["update", id, "--cpu-quota", "600000"]);
  assert.equal(cpuTime(box, id), "600000 625000");
  box.succeed(["update", id, "--cpu-quota", "-1"]);
  assert.equal(cpuTime(box, id), "max 625000");
  box.succeed(["update", id, "--cpu-period", "100000", "--cpu-quota", "30000", "--cpu-share", "200"]);
  assert.equal(cpuTime(box, id), "30000 100000");
  assert.equal(isV1 ? readCgroup(box, id, files.shares) : "200", "200");
});

it("update sets a quota where there was none", (box) => {
  const id = box.running();
  box.succeed(["update", id, "--cpu-quota", "30000"]);
  assert.equal(cpuTime(box, id), "30000 100000");
  const other = box.running();
  box.succeed(["update", other, "--cpu-period", "50000"]);
  assert.equal(cpuTime(box, other), "max 50000");
});

it("update sets the burst of a quota", (box, t) => {
  const id = box.running(limit);
  if (!skipUnless(t, existsSync(cgroupFile(box, id, files.burst)), "cgroupController")) return;
  box.succeed(["update", id, "--cpu-burst", "10000"]);
  assert.equal(readCgroup(box, id, files.burst), "10000");
  box.succeed(["update", id, "--pids-limit", "9"]);
  assert.equal(readCgroup(box, id, files.burst), "10000");
  box.succeed(["update", id, "--cpu-burst", "0"]);
  assert.equal(readCgroup(box, id, files.burst), "0");
});

it("update makes a container idle, and gives it its shares back afterwards", (box, t) => {
  const id = box.running(limit);
  if (!skipUnless(t, existsSync(cgroupFile(box, id, files.idle)), "cgroupController")) return;
  const shares = readCgroup(box, id, files.shares);
  box.succeed(["update", id, "--cpu-idle", "1"]);
  assert.equal(readCgroup(box, id, files.idle), "1");
  // systemd ends the idleness then.
  if (cgroupDriver === "cgroupfs") {
    assert.match(box.fail(["update", id, "--cpu-share", "300"]), /invalid argument; .*idle/);
  }
  box.succeed(["update", id, "--cpu-quota", "400000"]);
  box.succeed(["update", id, "--cpu-idle", "0"]);
  assert.equal(readCgroup(box, id, files.idle), "0");
  assert.equal(readCgroup(box, id, files.shares), shares);
});

it("update moves a container to other CPUs", (box, t) => {
  if (!skipUnless(t, hasController("cpuset"), "cgroupController")) return;
  const id = box.running();
  box.succeed(["update", id, "--cpuset-cpus", "0"]);
  assert.equal(readCgroup(box, id, files.cpus), "0");
  assert.match(box.fail(["update", id, "--cpuset-cpus", "4095"]), /cpuset\.cpus/);
  assert.equal(readCgroup(box, id, files.cpus), "0");
});

it("update raises and lowers memory and swap in the order that the kernel wants", (box, t) => {
  const id = box.running(limit);
  if (!skipUnless(t, countsSwap(box, id), "cgroupController")) return;
  const both = (memory: number, swap: number) => {
    assert.equal(readCgroup(box, id, files.memory), String(memory * MiB));
    assert.equal(readCgroup(box, id, files.swap), String((isV1 ? swap : swap - memory) * MiB));
  };
  box.succeed(["update", id, "--memory", "30M", "--memory-swap", "50M"]);
  both(30, 50);
  box.succeed(["update", id, "--memory", "60M", "--memory-swap", "80M"]);
  both(60, 80);
  box.succeed(["update", id, "--memory", "30M", "--memory-swap", "30M"]);
  both(30, 30);
  box.succeed(["update", id, "--memory-swap", "90M"]);
  both(30, 90);
  box.succeed(["update", id, "--memory-swap", "-1"]);
  assert.ok(isUnlimited(readCgroup(box, id, files.swap)));
  box.succeed(["update", id, "--memory-swap", "70M"]);
  box.succeed(["update", id, "--memory", "-1"]);
  assert.ok(isUnlimited(readCgroup(box, id, files.memory)));
  assert.ok(isUnlimited(readCgroup(box, id, files.swap)));
});

it("update refuses more memory than memory and swap together", (box, t) => {
  const id = box.running(limit);
  if (!skipUnless(t, countsSwap(box, id), "cgroupController")) return;
  box.succeed(["update", id, "--memory", "30M", "--memory-swap", "50M"]);
  assert.match(box.fail(["update", id, "--memory", "60M"]), /swap/);
  assert.equal(readCgroup(box, id, files.memory), String(30 * MiB));
});

const newLimits = {
  memory: { limit: 48 * MiB, reservation: 16 * MiB },
  cpu: { shares: 200, quota: 250_000, period: 500_000 },
  pids: { limit: 15 },
};

function assertNewLimits(box: Sandbox, id: string): void {
  assert.equal(readCgroup(box, id, files.memory), String(48 * MiB));
  assert.equal(readCgroup(box, id, files.reservation), String(16 * MiB));
  assert.equal(cpuTime(box, id), "250000 500000");
  assert.equal(readCgroup(box, id, files.pids), "15");
}

/** The forms that containerd, Podman and CRI-O have. */
const forms: readonly (readonly [what: string, flags: (path: string) => string[], input: boolean])[] = [
  ["--resources=- from standard input", () => ["--resources=-"], true],
  ["--resources - from standard input", () => ["--resources", "-"], true],
  ["-r - from standard input", () => ["-r", "-"], true],
  ["--resources=FILE", (path) => [`--resources=${path}`], false],
];

for (const [what, flags, input] of forms) {
  it(`update reads ${what}`, (box) => {
    const id = box.running(limit);
    const path = join(box.directory, "resources.json");
    const text = JSON.stringify(newLimits);
    if (!input) writeFileSync(path, text);
    box.succeed(["update", ...flags(path), id], input ? { input: text } : {});
    assertNewLimits(box, id);
  });
}

it("update ignores flags of limits beside --resources, null, and properties that it doesn't know", (box) => {
  const id = box.running(limit);
  const input = JSON.stringify({ ...newLimits, network: null, toys: { many: true } });
  box.succeed(["update", "--pids-limit", "3", "--resources", "-", id], { input });
  assertNewLimits(box, id);
});

it("update starts from the limits that the one before has left", (box) => {
  const id = box.running(limit);
  box.succeed(["update", id, "--cpu-quota", "30000", "--cpu-period", "300000"]);
  box.succeed(["update", id, "--memory", "40M"]);
  box.succeed(["update", id, "--cpu-period", "600000"]);
  assert.equal(cpuTime(box, id), "30000 600000");
});

it("update at once with others loses none of them", async (box) => {
  const id = box.running(limit);
  const flags = [
    ["--cpu-quota", "120000"],
    ["--pids-limit", "33"],
    ["--memory", "80M"],
    ["--memory-reservation", "8M"],
    ["--cpu-share", "300"],
  ];
  const results = await Promise.all(flags.map((each) => box.start(["update", id, ...each]).ended));
  for (const { status, stderr } of results) assert.equal(status, 0, stderr);
  box.succeed(["update", id, "--cpu-period", "600000"]);
  assert.equal(cpuTime(box, id), "120000 600000");
  assert.equal(readCgroup(box, id, files.pids), "33");
  assert.equal(readCgroup(box, id, files.memory), String(80 * MiB));
  assert.equal(readCgroup(box, id, files.reservation), String(8 * MiB));
});

it("update of several limits changes none when the kernel refuses one", (box, t) => {
  if (!skipUnless(t, cgroupDriver === "cgroupfs", "cgroupfsDriver")) return;
  const id = box.running(limit);
  // The least quota is 1 ms.
  box.fail(["update", id, "--memory", "64M", "--memory-reservation", "8M", "--cpu-quota", "1"]);
  assert.equal(readCgroup(box, id, files.memory), String(32 * MiB));
  assert.equal(readCgroup(box, id, files.reservation), String(24 * MiB));
  assert.equal(cpuTime(box, id), "500000 1000000");
  // Nor is what was refused kept for the next one.
  box.succeed(["update", id, "--cpu-period", "900000"]);
  assert.equal(cpuTime(box, id), "500000 900000");
});

it("update with checkBeforeUpdate refuses a memory limit below what is in use", (box) => {
  const id = box.running(limit);
  const input = JSON.stringify({ memory: { limit: 4096, checkBeforeUpdate: true } });
  const line = box.fail(["update", "-r", "-", id], { input });
  assert.match(
    line,
    isV1 ? /unable to set memory limit to 4096 \(current usage: \d+, peak/ : /rejecting memory limit 4096/,
  );
  assert.equal(box.state(id).status, "running");
  assert.equal(readCgroup(box, id, files.memory), String(32 * MiB));
});

it("update of kernel memory is ignored with a warning", (box) => {
  const id = box.running(limit);
  const { stderr } = box.succeed(["update", id, "--kernel-memory", "32M", "--kernel-memory-tcp", "8M"]);
  assert.match(stderr, /level=warning msg="Kernel memory settings are ignored and will be removed"/);
});

it("update says nothing of kernel memory of 0, which Docker writes", (box) => {
  const id = box.running(limit);
  const input = JSON.stringify({ memory: { limit: 16 * MiB, kernel: 0, kernelTCP: 0 } });
  assert.equal(box.succeed(["update", "-r", "-", id], { input }).stderr, "");
});

it("update does not touch devices", (box, t) => {
  if (!skipUnless(t, isV1, "cgroupV1")) return;
  const id = box.running();
  const list: CgroupFile = { v1: ["devices", "devices.list"] };
  const before = readCgroup(box, id, list);
  const input = JSON.stringify({ devices: [{ allow: true, access: "rwm" }], pids: { limit: 9 } });
  box.succeed(["update", "-r", "-", id], { input });
  assert.equal(readCgroup(box, id, list), before);
});

it("update writes files of cgroup v2 by their names", (box, t) => {
  if (!skipUnless(t, !isV1, "cgroupV2")) return;
  const id = box.running(limit);
  const input = JSON.stringify({
    unified: { "cpu.max": "max 100000", "cpu.weight": "16", "pids.max": "10" },
  });
  box.succeed(["update", "-r", "-", id], { input });
  assert.equal(cpuTime(box, id), "max 100000");
  assert.equal(readCgroup(box, id, files.shares), "16");
  assert.equal(readCgroup(box, id, files.pids), "10");
});

it("update of a paused container leaves it paused", (box) => {
  const id = box.running(limit);
  box.succeed(["pause", id]);
  box.succeed(["update", id, "--pids-limit", "30", "--memory", "64M"]);
  assert.equal(box.state(id).status, "paused");
  assert.equal(readCgroup(box, id, files.pids), "30");
  box.succeed(["resume", id]);
});

it("update keeps its limits in the container's own configuration, not in the bundle's", (box) => {
  const id = box.newId();
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/sleep", "1000000"];
    limit(config);
  });
  box.succeed(["create", "--bundle", bundle, id]);
  const before = readFileSync(join(bundle, "config.json"), "utf8");
  box.succeed(["update", id, "--memory", "64M"]);
  assert.equal(readFileSync(join(bundle, "config.json"), "utf8"), before);
  box.succeed(["start", id]);
  assert.equal(readCgroup(box, id, files.memory), String(64 * MiB));
});
