// Bundles tests with esbuild and runs them with Node's runner, TAP on standard output:
//   node scripts/ts.mjs scripts/test.ts [--unit] [--integration] [--security] [--stress] [--conformance] [FILE...]
//   node scripts/ts.mjs scripts/test.ts --old-kernel [FILE...]
//   node scripts/ts.mjs scripts/test.ts --engines [FILE...]
//   node scripts/ts.mjs scripts/test.ts --vm [FILE...]
// Without an argument it runs every suite, then what depends on the kernel once more on one that looks old
// (test/helpers/old-kernel/), real engines on tsrun and on runc (test/engines/), and at last what a modern host shows, in
// VMs (test/vm/). The exit status is 0 where no test failed; with CI=true a skip whose reason is not written down
// (test/helpers/known-skips.ts) is a failure, too.
import { runEngines } from "../test/engines/run.ts";
import { knownSkips } from "../test/helpers/known-skips.ts";
import { buildOldKernel, OLD_KERNEL, oldKernelGaps } from "../test/helpers/old-kernel/wrapper.ts";
import { runVms } from "../test/vm/run.ts";
import { generate } from "./lib/generate.ts";
import { ONE_AT_A_TIME, runTests, type TestRun, TWO_AT_A_TIME } from "./lib/run-tests.ts";
import { sumCounts, type TapCounts } from "./lib/tap.ts";
import { apart, oldKernelFiles, type Suite, suites, testFiles } from "./lib/test-plan.ts";

/** Runs files two at a time, but one at a time those that share all of the machine. */
async function runInTurn(files: readonly string[], run: TestRun = {}): Promise<TapCounts> {
  const { alone, together } = apart(files);
  const counts: TapCounts[] = [];
  if (together.length > 0) counts.push(await runTests(together, { ...run, flags: [TWO_AT_A_TIME] }));
  if (alone.length > 0) counts.push(await runTests(alone, { ...run, flags: [ONE_AT_A_TIME] }));
  return sumCounts(counts);
}

async function runOnOldKernel(files: readonly string[]): Promise<TapCounts> {
  console.log(`# on a kernel that looks old: ${files.length} files`);
  return runInTurn(files, { through: [buildOldKernel()], env: { [OLD_KERNEL]: "1" } });
}

async function unwrittenSkips(counts: TapCounts): Promise<string[]> {
  if (process.env["CI"] !== "true") return [];
  // Asks the runtime for its name, and a build need not be there before.
  const { gapReasons } = await import("../test/helpers/gaps.ts");
  const written: readonly string[] = [
    ...Object.values(knownSkips),
    ...oldKernelGaps.map(([, reason]) => reason),
    ...gapReasons("runc"),
  ];
  return counts.skips.filter((reason) => !written.includes(reason));
}

function refuseUnknown(args: readonly string[]): void {
  const known = [...suites, "old-kernel", "engines", "vm"].map((suite) => `--${suite}`);
  const unknown = args.find((arg) => arg.startsWith("--") && !known.includes(arg));
  if (unknown !== undefined) {
    throw new Error(`no such suite: ${unknown}`);
  }
}

/** The given files, where the flags say; a plain file runs here. */
async function runFiles(files: readonly string[], flags: ReadonlySet<string>): Promise<TapCounts> {
  if (flags.has("--vm")) return runVms(files);
  if (flags.has("--engines")) return runEngines(files);
  if (flags.has("--old-kernel")) return runOnOldKernel(files);
  return runTests(files, { flags: [ONE_AT_A_TIME] });
}

async function runSuite(suite: Suite): Promise<TapCounts> {
  const found = testFiles(suite);
  console.log(`# ${suite}: ${found.length} files`);
  return suite === "unit" ? runTests(found) : runInTurn(found);
}

/** Everything that the flags name, and all there is without flags. */
async function runSuites(flags: ReadonlySet<string>): Promise<TapCounts> {
  const counts: TapCounts[] = [];
  const wants = (name: string) => flags.size === 0 || flags.has(`--${name}`);
  for (const suite of suites.filter(wants)) counts.push(await runSuite(suite));
  if (wants("old-kernel")) counts.push(await runOnOldKernel(oldKernelFiles()));
  if (wants("engines")) counts.push(await runEngines(testFiles("engines")));
  if (wants("vm")) {
    console.log("# in virtual machines");
    counts.push(await runVms([]));
  }
  return sumCounts(counts);
}

async function main(args: readonly string[]): Promise<number> {
  refuseUnknown(args);
  generate();
  const files = args.filter((arg) => !arg.startsWith("--"));
  const flags = new Set(args.filter((arg) => arg.startsWith("--")));
  const total = await (files.length > 0 ? runFiles(files, flags) : runSuites(flags));
  const unwritten = await unwrittenSkips(total);
  for (const reason of unwritten) {
    console.log(`# skipped without a written reason: ${reason}`);
  }
  const failed = total.failed + unwritten.length;
  console.log(`${total.passed} passed, ${failed} failed, ${total.skips.length} skipped`);
  return failed === 0 && total.passed > 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
