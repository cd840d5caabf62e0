// What runs in which VM: two at the same time, one for each of the runtime's cgroup drivers on cgroup v2.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** A step of a VM's job. */
export interface Part {
  readonly name: string;
  /** Test files, whose TAP is passed on. */
  readonly tests?: readonly string[];
  /** A command, whose output is shown and whose status is its verdict. */
  readonly command?: string;
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
  "integration/events.test.ts",
  "integration/exec-cgroup.test.ts",
  "integration/pause.test.ts",
  "integration/resources.test.ts",
  "integration/stats.test.ts",
  "integration/update.test.ts",
];

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
  "security",
];

/** @param name below test/, a folder or a file; what is not there yet counts for nothing */
function testsOf(name: string): string[] {
  const path = join("test", name);
  if (!existsSync(path)) return [];
  if (path.endsWith(".ts")) return [path];
  const names = readdirSync(path, { recursive: true, encoding: "utf8" });
  return names
    .filter((each) => each.endsWith(".test.ts"))
    .map((each) => join(path, each))
    .sort();
}

const part = (name: string, tests: readonly string[]): Part => ({ name, tests: tests.flatMap(testsOf) });

const conformance: Part = {
  name: "conformance programs",
  command: "node scripts/ts.mjs scripts/conformance.ts --compare",
};
const benchmark: Part = {
  name: "run of /bin/true",
  command: "node scripts/ts.mjs scripts/bench.ts --quick --row run",
};

const systemd = { TSRUN_TEST_CGROUPS: "systemd" } as const;

/** Everything, or the given test files with both drivers. */
export function makePlans(files: readonly string[]): Plan[] {
  if (files.length > 0) {
    const parts = [{ name: "tests", tests: files }];
    return [
      { name: "cgroupfs", env: {}, parts },
      { name: "systemd", env: systemd, parts },
    ];
  }
  return [
    { name: "cgroupfs", env: {}, parts: [part("cgroups", cgroupTests), part("other tests", otherTests)] },
    { name: "systemd", env: systemd, parts: [part("cgroups", cgroupTests), conformance, benchmark] },
  ];
}
