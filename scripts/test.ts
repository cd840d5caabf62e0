// Bundles tests with esbuild and runs them with Node's runner, TAP on standard output:
//   node scripts/ts.mjs scripts/test.ts [--unit] [--integration] [--security] [--stress] [--conformance] [FILE...]
//   node scripts/ts.mjs scripts/test.ts --old-kernel [FILE...]
//   node scripts/ts.mjs scripts/test.ts --vm [FILE...]
// Without an argument it runs every suite, then what depends on the kernel once more on one that looks old
// (test/helpers/old-kernel/), and at last what a modern host shows, in VMs (test/vm/). The exit status is 0 where no test
// failed; with CI=true a skip whose reason is not written down (test/helpers/known-skips.ts) is a failure, too.
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { knownSkips } from "../test/helpers/known-skips.ts";
import { buildOldKernel, OLD_KERNEL, oldKernelGaps } from "../test/helpers/old-kernel/wrapper.ts";
import { runVms } from "../test/vm/run.ts";
import { bundleTests } from "./lib/bundle.ts";
import { generate } from "./lib/generate.ts";
import { type TapCounts, TapReader } from "./lib/tap.ts";

/** Suites in the order they run; all but the unit tests share the machine's cgroups and mounts: one file at a time. */
const suites = ["unit", "integration", "security", "stress", "conformance"] as const;
const ONE_AT_A_TIME = "--test-concurrency=1";
/** What depends on the system calls that the kernel has, and does not choose them itself. */
const kernelDependent = [
  "unit/init",
  "unit/rootfs/in-root",
  "unit/rootfs/races",
  "unit/sys/self",
  "unit/terminal",
  "integration",
  "security",
] as const;

function testFiles(suite: string): string[] {
  const folder = join("test", suite);
  if (!existsSync(folder)) {
    return [];
  }
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => join(folder, name))
    .sort();
}

/** Takes minutes, and whoever is killed while it joins a container leaves the same on any kernel. */
const once = "test/integration/faults-exec.test.ts";

/** The tests of a folder, or the one file of that name. */
function testsOf(name: string): string[] {
  const file = join("test", `${name}.test.ts`);
  return existsSync(file) ? [file] : testFiles(name).filter((each) => each !== once);
}

/**
 * Runs bundled tests, passes their TAP on and counts. A runner that dies without counts has failed.
 * @param through a command that executes the runner, which is appended to it
 */
async function runTests(
  files: readonly string[],
  flags: readonly string[],
  through: readonly string[] = [],
): Promise<TapCounts> {
  const node = [process.execPath, "--enable-source-maps", "--test", "--test-reporter=tap", ...flags];
  const [command = "", ...args] = [...through, ...node, ...bundleTests(files)];
  const env = through.length === 0 ? process.env : { ...process.env, [OLD_KERNEL]: "1" };
  const runner = spawn(command, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  const status = new Promise<number>((done) => runner.once("close", (code) => done(code ?? 1)));
  const reader = new TapReader();
  for await (const line of createInterface({ input: runner.stdout })) {
    console.log(line);
    reader.line(line);
  }
  const { counts } = reader;
  const died = (await status) !== 0 && counts.failed === 0;
  return died ? { ...counts, failed: 1 } : counts;
}

/** Runs tests where the kernel looks old, one file at a time. */
async function runOnOldKernel(files: readonly string[]): Promise<TapCounts> {
  console.log(`# on a kernel that looks old: ${files.length} files`);
  return runTests(files, [ONE_AT_A_TIME], [buildOldKernel()]);
}

function add(a: TapCounts, b: TapCounts): TapCounts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skips: [...a.skips, ...b.skips] };
}

function unwrittenSkips(counts: TapCounts): string[] {
  const written: readonly string[] = [
    ...Object.values(knownSkips),
    ...oldKernelGaps.map(([, reason]) => reason),
  ];
  return process.env["CI"] === "true" ? counts.skips.filter((reason) => !written.includes(reason)) : [];
}

function refuseUnknown(args: readonly string[]): void {
  const known = [...suites, "old-kernel", "vm"].map((suite) => `--${suite}`);
  const unknown = args.find((arg) => arg.startsWith("--") && !known.includes(arg));
  if (unknown !== undefined) {
    throw new Error(`no such suite: ${unknown}`);
  }
}

async function main(args: readonly string[]): Promise<number> {
  refuseUnknown(args);
  generate();
  const files = args.filter((arg) => !arg.startsWith("--"));
  const old = args.includes("--old-kernel");
  const vm = args.includes("--vm");
  let total: TapCounts = { passed: 0, failed: 0, skips: [] };
  if (files.length > 0 && !vm) {
    total = await (old ? runOnOldKernel(files) : runTests(files, [ONE_AT_A_TIME]));
  }
  for (const suite of suites.filter((each) => args.length === 0 || args.includes(`--${each}`))) {
    const found = testFiles(suite);
    if (found.length > 0) {
      console.log(`# ${suite}: ${found.length} files`);
      total = add(total, await runTests(found, suite === "unit" ? [] : [ONE_AT_A_TIME]));
    }
  }
  if (args.length === 0 || (old && files.length === 0)) {
    total = add(total, await runOnOldKernel(kernelDependent.flatMap(testsOf)));
  }
  if (args.length === 0 || vm) {
    console.log("# in virtual machines");
    total = add(total, await runVms(files));
  }
  const unwritten = unwrittenSkips(total);
  for (const reason of unwritten) {
    console.log(`# skipped without a written reason: ${reason}`);
  }
  const failed = total.failed + unwritten.length;
  console.log(`${total.passed} passed, ${failed} failed, ${total.skips.length} skipped`);
  return failed === 0 && total.passed > 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
