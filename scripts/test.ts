// Bundles tests with esbuild and runs them with Node's runner, TAP on standard output:
//   node scripts/ts.mjs scripts/test.ts [--unit] [--integration] [FILE...]
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { bundleTests } from "./lib/bundle.ts";

/** Integration tests share the machine's cgroups and devices: one file at a time. */
const suites: Record<string, { folder: string; flags: readonly string[] }> = {
  "--unit": { folder: "test/unit", flags: [] },
  "--integration": { folder: "test/integration", flags: ["--test-concurrency=1"] },
};

function testFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => join(folder, name))
    .sort();
}

function runTests(files: readonly string[], flags: readonly string[]): number {
  const bundles = bundleTests(files);
  const { status } = spawnSync(
    process.execPath,
    ["--enable-source-maps", "--test", "--test-reporter=tap", ...flags, ...bundles],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  return status ?? 1;
}

function main(args: readonly string[]): number {
  const files = args.filter((arg) => !arg.startsWith("--"));
  if (files.length > 0) {
    return runTests(files, ["--test-concurrency=1"]);
  }
  const chosen = args.length > 0 ? args : Object.keys(suites);
  const results = chosen.map((name) => {
    const suite = suites[name];
    if (suite === undefined) {
      throw new Error(`no such suite: ${name}`);
    }
    return runTests(testFiles(suite.folder), suite.flags);
  });
  return results.some((status) => status !== 0) ? 1 : 0;
}

process.exitCode = main(process.argv.slice(2));
