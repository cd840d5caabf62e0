// Bundles tests with esbuild and runs them with Node's runner, TAP on standard output:
//   node scripts/ts.mjs scripts/test.ts [--unit] [--integration] [--security] [--stress] [--conformance] [FILE...]
// Without an argument it runs every suite. The exit status is 0 where no test failed; with CI=true a skip whose reason is
// not written down (test/helpers/known-skips.ts) is a failure, too.
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { knownSkips } from "../test/helpers/known-skips.ts";
import { bundleTests } from "./lib/bundle.ts";
import { generate } from "./lib/generate.ts";
import { type TapCounts, TapReader } from "./lib/tap.ts";

/** Suites in the order they run; all but the unit tests share the machine's cgroups and mounts: one file at a time. */
const suites = ["unit", "integration", "security", "stress", "conformance"] as const;
const ONE_AT_A_TIME = "--test-concurrency=1";

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

/** Runs bundled tests, passes their TAP on and counts. A runner that dies without counts has failed. */
async function runTests(files: readonly string[], flags: readonly string[]): Promise<TapCounts> {
  const runner = spawn(
    process.execPath,
    ["--enable-source-maps", "--test", "--test-reporter=tap", ...flags, ...bundleTests(files)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
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

function add(a: TapCounts, b: TapCounts): TapCounts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skips: [...a.skips, ...b.skips] };
}

function unwrittenSkips(counts: TapCounts): string[] {
  const written: readonly string[] = Object.values(knownSkips);
  return process.env["CI"] === "true" ? counts.skips.filter((reason) => !written.includes(reason)) : [];
}

async function main(args: readonly string[]): Promise<number> {
  generate();
  const files = args.filter((arg) => !arg.startsWith("--"));
  const chosen = suites.filter((suite) => args.length === 0 || args.includes(`--${suite}`));
  const unknown = args.find((arg) => arg.startsWith("--") && !suites.some((suite) => `--${suite}` === arg));
  if (unknown !== undefined) {
    throw new Error(`no such suite: ${unknown}`);
  }
  let total: TapCounts = { passed: 0, failed: 0, skips: [] };
  if (files.length > 0) {
    total = await runTests(files, [ONE_AT_A_TIME]);
  }
  for (const suite of chosen) {
    const found = testFiles(suite);
    if (found.length > 0) {
      console.log(`# ${suite}: ${found.length} files`);
      total = add(total, await runTests(found, suite === "unit" ? [] : [ONE_AT_A_TIME]));
    }
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
