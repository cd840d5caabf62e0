// What runs in which VM: two at the same time, one for each of the runtime's cgroup drivers on cgroup v2.
import { readdirSync } from "node:fs";
import { join } from "node:path";

/** A step of a VM's job. */
export interface Part {
  readonly name: string;
  /** A test file, whose TAP is passed on. */
  readonly test?: string;
  /** A command, whose output is shown and whose status is its verdict. */
  readonly command?: string;
  /** What it may take, several times what it does. */
  readonly seconds: number;
}

/** What one VM does, in order. */
export interface Plan {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly parts: readonly Part[];
}

/** What depends on the cgroup driver: on its own here, and once more with systemd. */
const cgroupTests = [
  "integration/cgroups",
  "integration/cgroups.test.ts",
  "integration/doctor.test.ts",
  "integration/events.test.ts",
  "integration/gc.test.ts",
  "integration/out-of-memory.test.ts",
  "integration/pause.test.ts",
  "integration/ps.test.ts",
  "integration/resources.test.ts",
  "integration/stats.test.ts",
  "integration/update.test.ts",
  "security/cgroup-paths.test.ts",
  "security/cve-2024-3154.test.ts",
  "stress/limits.test.ts",
];

/** Of those, what calls managers itself, and so each of them in either VM. */
const ofManagers = /\/cgroups\/(cgroupfs|manager|manager-devices|v1|v2)\.test\.ts$/;

/** What may be done to a VM alone. */
const clock: Part = { name: "clock", test: "test/vm/clock.test.ts", seconds: 120 };

/** What this machine's kernel cannot show, or shows otherwise: all capabilities, AppArmor, a user's own systemd. */
const otherTests = [
  "integration/attributes.test.ts",
  "integration/devices.test.ts",
  "integration/labels.test.ts",
  "integration/lifecycle.test.ts",
  "integration/mounts.test.ts",
  "integration/notify.test.ts",
  "integration/process.test.ts",
  "integration/rootless.test.ts",
  // Not what is about /proc/PID/exe: the VM's kernel cannot exchange it, and the runtime runs from a read-only mount there.
  "security/cve-2019-16884.test.ts",
  "security/cve-2019-18837.test.ts",
  "security/cve-2022-27650.test.ts",
  "security/cve-2023-25809.test.ts",
  "security/hostile-image.test.ts",
  "security/locked-mounts.test.ts",
  "security/side-files.test.ts",
];

/** Engines whose own driver is systemd's: Debian's newest stable ones. */
const engineTests = ["vm/engines"];

/** @param name below test/, a folder or a file; one that is not there fails at once */
function testsOf(name: string): string[] {
  const path = join("test", name);
  if (path.endsWith(".ts")) return [path];
  const names = readdirSync(path, { recursive: true, encoding: "utf8" });
  return names
    .filter((each) => each.endsWith(".test.ts"))
    .map((each) => join(path, each))
    .sort();
}

/** The sizes of stress tests that a release needs: with TSRUN_STRESS=full, which the VMs inherit. */
const stress = process.env["TSRUN_STRESS"];
const testSeconds = stress === "full" ? 1200 : 300;

const fileParts = (files: readonly string[]): Part[] =>
  files.map((test) => ({ name: test, test, seconds: testSeconds }));
const testParts = (names: readonly string[]): Part[] => fileParts(names.flatMap(testsOf));

const conformance: Part = {
  name: "conformance programs, with runc and crun beside tsrun",
  command: "node scripts/ts.mjs scripts/conformance.ts --compare",
  seconds: 900,
};
const benchmark: Part = {
  name: "`run` of /bin/true, tsrun beside runc and crun",
  command: "node scripts/ts.mjs scripts/bench.ts --quick --parts 1",
  seconds: 300,
};
/** What is there before everything else and after it. */
const stock: Part = { name: "leftovers", test: "test/vm/leftovers.test.ts", seconds: 60 };

const systemd = { TSRUN_TEST_CGROUPS: "systemd" } as const;

const planOf = (name: string, env: Plan["env"], parts: readonly Part[]): Plan => ({
  name,
  env: { ...env, ...(stress === undefined ? {} : { TSRUN_STRESS: stress }) },
  parts: [stock, ...parts, stock],
});

/** Everything, or the given test files with both drivers. */
export function makePlans(files: readonly string[]): Plan[] {
  const cgroups = files.length > 0 ? fileParts(files) : testParts(cgroupTests);
  const first = files.length > 0 ? [] : testParts(otherTests);
  const second = files.length > 0 ? [] : [...testParts(engineTests), conformance, benchmark];
  return [
    planOf("cgroupfs", {}, [...cgroups, ...first, ...(files.length > 0 ? [] : [clock])]),
    planOf("systemd", systemd, [...cgroups.filter(({ name }) => !ofManagers.test(name)), ...second]),
  ];
}
