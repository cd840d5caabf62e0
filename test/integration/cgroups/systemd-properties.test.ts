// What systemd is told of a container's limits and devices, and that nothing changes when it sets them anew on its own account:
// at `systemctl daemon-reload`, and when somebody else sets a property.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import {
  allowedProperties,
  annotationPrefix,
  type PropertyType,
} from "../../../src/cgroups/systemd/allowed-properties.ts";
import { cgroupDriver, cgroupOf, cgroupsPathFor, hasSystemd, isV1 } from "../../helpers/cgroups.ts";
import type { Config } from "../../helpers/config.ts";
import { it } from "../../helpers/it.ts";
import { leaveNothing } from "../../helpers/leftovers.ts";
import type { Sandbox } from "../../helpers/sandbox.ts";
import { skipUnless } from "../../helpers/skip.ts";
import { until } from "../../helpers/wait.ts";

leaveNothing();

const MiB = 2 ** 20;

function systemctl(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync("systemctl", args, { encoding: "utf8" });
  assert.equal(status, 0, `systemctl ${args.join(" ")}: ${stderr}`);
  return stdout.trim();
}

/** What systemd knows of a unit. */
function show(unit: string, ...properties: string[]): Readonly<Record<string, string>> {
  const lines = systemctl("show", unit, "-p", properties.join(",")).split("\n");
  return Object.fromEntries(lines.map((line) => [line.split("=", 1)[0], line.slice(line.indexOf("=") + 1)]));
}

/** A test of systemd's driver on cgroup v2. */
function withSystemd(name: string, body: (box: Sandbox) => void): void {
  it(name, (box, t) => {
    if (!skipUnless(t, hasSystemd, "systemd") || !skipUnless(t, !isV1, "cgroupV2")) return;
    if (skipUnless(t, cgroupDriver === "systemd", "systemdDriver")) body(box);
  });
}

/** A running container with its unit, and a reader of its cgroup's files. */
function running(
  box: Sandbox,
  resources: Record<string, unknown>,
  adjust: (config: Config) => void = () => {},
) {
  const name = box.newId();
  const id = box.running((config) => {
    config.linux.cgroupsPath = cgroupsPathFor(name);
    config.linux.resources = { ...config.linux.resources, ...resources };
    adjust(config);
  });
  const group = cgroupOf(box, id);
  const read = (...files: string[]) => files.map((file) => readFileSync(`${group}/${file}`, "utf8").trim());
  return { id, unit: `tsrun-test-${name}.scope`, group, read };
}

/** systemd writes all values of a controller anew when one of them changes. */
function disturb(unit: string): void {
  systemctl("daemon-reload");
  systemctl("set-property", "--runtime", unit, "MemoryHigh=60M", "TasksMax=1000", "IOWeight=77");
}

withSystemd("a container without a cgroupsPath is runc-ID.scope in system.slice", (box) => {
  const unit = `runc-${box.running()}.scope`;
  assert.deepEqual(show(unit, "ControlGroup"), { ControlGroup: `/system.slice/${unit}` });
});

const limits = {
  memory: { limit: 64 * MiB, reservation: 32 * MiB, swap: 96 * MiB },
  cpu: { shares: 512, quota: 50_000, period: 200_000 },
  pids: { limit: 33 },
};

withSystemd("limits are the unit's properties", (box) => {
  const properties = {
    CPUQuotaPerSecUSec: "250ms",
    CPUQuotaPeriodUSec: "200ms",
    CPUWeight: "59",
    MemoryLow: String(32 * MiB),
    MemoryMax: String(64 * MiB),
    MemorySwapMax: String(32 * MiB),
    TasksMax: "33",
  };
  const { id, unit, read } = running(box, limits);
  assert.deepEqual(show(unit, ...Object.keys(properties)), properties);
  box.succeed(["update", "--memory", "32M", "--memory-reservation", "-1", "--memory-swap", "48M", id]);
  box.succeed(["update", "--pids-limit", "-1", id]);
  assert.deepEqual(show(unit, ...Object.keys(properties)), {
    ...properties,
    MemoryLow: "infinity",
    MemoryMax: String(32 * MiB),
    MemorySwapMax: String(16 * MiB),
    TasksMax: "infinity",
  });
  assert.deepEqual(read("memory.max", "memory.low", "pids.max"), [String(32 * MiB), "max", "max"]);
});

withSystemd("limits hold when systemd sets them anew", (box) => {
  const files = ["memory.max", "memory.low", "memory.swap.max", "cpu.max", "cpu.weight"];
  const { unit, read } = running(box, limits);
  const before = read(...files);
  assert.deepEqual(before.slice(0, 2), [String(64 * MiB), String(32 * MiB)]);
  assert.equal(before[3], "50000 200000");
  disturb(unit);
  systemctl("set-property", "--runtime", unit, "CPUWeight=59");
  assert.deepEqual(read(...files), before);
  assert.deepEqual(read("pids.max"), ["1000"]);
});

withSystemd("an idle container that is to work again does so when systemd sets its limits anew", (box) => {
  const { id, unit, read } = running(box, { cpu: { idle: 1 } });
  assert.deepEqual(show(unit, "CPUWeight"), { CPUWeight: "idle" });
  box.succeed(["update", "--cpu-idle", "0", id]);
  systemctl("set-property", "--runtime", unit, "CPUQuota=50%");
  assert.deepEqual(read("cpu.idle", "cpu.weight"), ["0", "100"]);
});

withSystemd("rates of disks hold when systemd sets them anew", (box) => {
  const disks = readdirSync("/sys/block").filter((name) => !/^(loop|ram|zram)/.test(name));
  const numbers = readFileSync(`/sys/block/${disks[0]}/dev`, "utf8").trim();
  const [major, minor] = numbers.split(":").map(Number);
  const device = { major, minor, rate: 1_048_576 };
  const blockIO = { throttleReadBpsDevice: [device], throttleWriteIOPSDevice: [{ ...device, rate: 100 }] };
  const { unit, read } = running(box, { blockIO });
  const rates = [`${numbers} rbps=1048576 wbps=max riops=max wiops=100`];
  assert.deepEqual(read("io.max"), rates);
  assert.deepEqual(show(unit, "IOReadBandwidthMax", "IOWriteIOPSMax"), {
    IOReadBandwidthMax: `/dev/block/${numbers} 1048576`,
    IOWriteIOPSMax: `/dev/block/${numbers} 100`,
  });
  disturb(unit);
  assert.deepEqual(read("io.max"), rates);
});

withSystemd("files of cgroup v2 are the unit's properties, too", (box) => {
  const unified = { "memory.high": "33554432", "memory.oom.group": "1", "pids.max": "44", "cpu.idle": "1" };
  const { unit, read } = running(box, { unified });
  assert.deepEqual(show(unit, "MemoryHigh", "TasksMax", "OOMPolicy", "CPUWeight"), {
    CPUWeight: "idle",
    MemoryHigh: "33554432",
    OOMPolicy: "kill",
    TasksMax: "44",
  });
  const files = Object.keys(unified);
  assert.deepEqual(read(...files), Object.values(unified));
  systemctl("daemon-reload");
  systemctl("set-property", "--runtime", unit, "MemoryMax=60M", "CPUQuota=50%");
  assert.deepEqual(read(...files), Object.values(unified));
});

withSystemd("a quota that systemd rounds is the same in the file", (box) => {
  const { unit, read } = running(box, { cpu: { quota: 123_456, period: 100_000 } });
  assert.deepEqual(read("cpu.max"), ["124000 100000"]);
  systemctl("set-property", "--runtime", unit, "CPUWeight=50");
  assert.deepEqual(read("cpu.max", "cpu.weight"), ["124000 100000", "50"]);
});

/** In a container: for each line that comes in, whether three devices can be read. */
const reader = [
  "mkfifo /ask/ask",
  "sleep 1000000 > /ask/ask &",
  "while read -r line; do",
  "  for node in null kmsg memory; do",
  '    (: < /dev/$node) 2>/dev/null && echo "$node yes" || echo "$node no"',
  "  done",
  "done < /ask/ask > /ask/answers",
].join("\n");

withSystemd("devices are the same when systemd sets its rules anew", (box) => {
  const folder = box.folder("ask");
  const devices = [
    { allow: false, access: "rwm" },
    { allow: true, type: "c", major: 1, minor: 11, access: "r" },
    // systemd has no words for a minor number of any major.
    { allow: true, type: "c", minor: 238, access: "r" },
  ];
  const { unit } = running(box, { devices }, (config) => {
    config.process.args = ["/bin/sh", "-c", reader];
    config.mounts.push({ destination: "/ask", type: "bind", source: folder, options: ["bind"] });
    config.linux.devices = [
      { path: "/dev/kmsg", type: "c", major: 1, minor: 11, fileMode: 0o666 },
      { path: "/dev/memory", type: "c", major: 1, minor: 1, fileMode: 0o666 },
    ];
  });
  let asked = 0;
  const check = () => {
    asked += 3;
    until("the container to listen", () => existsSync(`${folder}/answers`));
    assert.equal(spawnSync("/bin/sh", ["-c", `echo > ${folder}/ask`]).status, 0);
    const lines = until("an answer", () => {
      const text = readFileSync(`${folder}/answers`, "utf8").trim().split("\n");
      return text.length >= asked && text;
    });
    assert.deepEqual(lines.slice(-3), ["null yes", "kmsg yes", "memory no"]);
  };
  assert.deepEqual(show(unit, "DevicePolicy"), { DevicePolicy: "strict" });
  check();
  systemctl("daemon-reload");
  check();
  disturb(unit);
  check();
});

/** A value for each property that annotations may set, by its type, where that is not enough by its name. */
function valueFor(name: string, type: PropertyType): string {
  const texts: Readonly<Record<string, string>> = {
    KillMode: "mixed",
    CollectMode: "inactive",
    OOMPolicy: "continue",
  };
  switch (type) {
    case "b":
      return "true";
    case "i":
      return "9";
    case "as":
      return name === "Documentation" ? "['man:tsrun(8)']" : "['dbus.service']";
    case "ay":
      return "@ay [0x8f, 0x01]";
    case "s":
      return `'${texts[name] ?? (name.startsWith("ManagedOOM") ? (name.endsWith("Preference") ? "avoid" : "auto") : name)}'`;
    default:
      return name.startsWith("Memory") ? String(64 * MiB) : name.endsWith("USec") ? "10000000" : "500";
  }
}

withSystemd("systemd takes every property that annotations may set", (box) => {
  const refusals: string[] = [];
  for (const [name, type] of Object.entries(allowedProperties)) {
    const bundle = box.bundle((config) => {
      config.annotations = { [annotationPrefix + name]: valueFor(name, type) };
    });
    const id = box.newId();
    const { status, stderr } = box.call(["create", "--bundle", bundle, id]);
    if (status === 0) box.succeed(["delete", "--force", id]);
    else refusals.push(`${name}: ${stderr}`);
  }
  assert.deepEqual(refusals, []);
});

withSystemd("masks of CPUs are read from their lowest bit", (box) => {
  const { unit } = running(box, {}, (config) => {
    config.annotations = { [`${annotationPrefix}AllowedCPUs`]: "@ay [0x8f, 0x01]" };
  });
  assert.deepEqual(show(unit, "AllowedCPUs"), { AllowedCPUs: "0-3 7-8" });
});

withSystemd("create refuses annotations that reach beyond the unit", (box) => {
  const bundle = box.bundle((config) => {
    config.annotations = { "org.systemd.property.SuccessAction": "'poweroff-force'" };
  });
  const line = box.fail(["create", "--bundle", bundle, box.newId()]);
  assert.match(
    line,
    /annotation org\.systemd\.property\.SuccessAction is not allowed: it acts on the whole machine/,
  );
});

for (const [path, words] of [
  ["system.slice:a:b/../../c", /invalid unit name/],
  ["not-a-slice:a:b", /invalid slice name: not-a-slice/],
  ["system.slice:a:b.slice", /a slice has no processes of its own/],
] as const) {
  withSystemd(`create refuses the cgroupsPath ${path}`, (box) => {
    const bundle = box.bundle((config) => {
      config.linux.cgroupsPath = path;
    });
    assert.match(box.fail(["create", "--bundle", bundle, box.newId()]), words);
  });
}
