// Which test files there are, which run at the same time, and which once more on a kernel that looks old.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Suites in the order they run. */
export const suites = ["unit", "integration", "security", "stress", "conformance"] as const;

export type Suite = (typeof suites)[number];

/** Files that run one at a time, as they use all of the machine or look at what is everybody's: its cgroups, CPUs, units. */
const alone = [
  "integration/cgroups/",
  "integration/cgroups.test.ts",
  "integration/leftovers.test.ts",
  "integration/out-of-memory.test.ts",
  "integration/resources.test.ts",
  "integration/stats.test.ts",
  "stress/",
  "conformance/",
] as const;

/** What depends on the system calls that the kernel has, and does not choose them itself. */
const kernelDependent = [
  "unit/init",
  "unit/sys/host-proc",
  "unit/sys/in-root",
  "unit/sys/make-in-root",
  "unit/sys/names",
  "unit/rootfs/races",
  "unit/sys/self",
  "unit/terminal",
  "integration",
  "security",
] as const;

/**
 * Of those what an old kernel shows nothing new of: files of cgroups and what is read out of them, words and tables, filters
 * as they are compiled, relays; their containers are made like all others. And whoever is killed while it joins a container
 * leaves the same on any kernel.
 */
const sameOnAnyKernel = [
  "cgroups/cgroupfs",
  "cgroups/limits",
  "cgroups/manager",
  "cgroups/manager-devices",
  "cgroups/systemd",
  "cgroups/systemd-properties",
  "cgroups/systemd-reload",
  "cgroups/v1",
  "cgroups/v2",
  "cli",
  "damaged-config",
  "environment/cgroup",
  "environment/disk",
  "environment/limits",
  "environment/pid",
  "environment/races",
  "environment/state",
  "environment/streams",
  "events",
  "exec-ending",
  "executable",
  "faults-calls-create",
  "faults-calls-end",
  "faults-calls-run",
  "faults-exec",
  "faults-killed",
  "faults-records",
  "gc",
  "gc-deaths",
  "hostile-peers",
  "intel-rdt",
  "keyring",
  "leftovers",
  "out-of-memory",
  "pause",
  "ps",
  "resources",
  "seccomp-command",
  "seccomp-defaults",
  "seccomp-rules",
  "state-machine",
  "stats",
  "terminal-foreground",
  "terminal-sockets",
  "update",
  "update-faults",
].map((name) => `test/integration/${name}.test.ts`);

/** The test files of a folder, sorted. */
export function testFiles(suite: string): string[] {
  const folder = join("test", suite);
  if (!existsSync(folder)) {
    return [];
  }
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => join(folder, name))
    .sort();
}

/** The tests of a folder, or the one file of that name. */
function testsOf(name: string): string[] {
  const file = join("test", `${name}.test.ts`);
  return existsSync(file) ? [file] : testFiles(name);
}

/** What runs on a kernel that looks old. @throws Error where a file that is left out is not there */
export function oldKernelFiles(): string[] {
  const gone = sameOnAnyKernel.filter((file) => !existsSync(file));
  if (gone.length > 0) throw new Error(`no such test file: ${gone.join(", ")}`);
  return kernelDependent.flatMap(testsOf).filter((file) => !sameOnAnyKernel.includes(file));
}

/** Files by whether they run one at a time. */
export function apart(files: readonly string[]): { readonly alone: string[]; readonly together: string[] } {
  const isAlone = (file: string) => alone.some((name) => file.startsWith(join("test", name)));
  return { alone: files.filter(isAlone), together: files.filter((file) => !isAlone(file)) };
}
