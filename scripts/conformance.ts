// Runs opencontainers/runtime-tools' validation programs and prints a scoreboard: `npm run test:conformance`.
import { existsSync, writeFileSync } from "node:fs";
import { basename, delimiter, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildConformance, listPrograms } from "../test/conformance/build.ts";
import { CgroupView } from "../test/conformance/cgroup-view.ts";
import { findMismatch } from "../test/conformance/compare.ts";
import { expectations } from "../test/conformance/expected.ts";
import { type Column, formatScoreboard } from "../test/conformance/scoreboard.ts";
import { type Result, startSuite, sweepCgroups } from "../test/conformance/suite.ts";

const usage = `usage: npm run test:conformance -- [--runtime PATH] [--compare] [--only PROGRAM]... [--json FILE]

  --runtime PATH  the runtime to run (dist/tsrun)
  --compare       runc and crun as well
  --only PROGRAM  this program; may be repeated
  --json FILE     write the results with each program's output

RUNTIME_TOOLS=DIRECTORY takes runtime-tools from a checkout instead of Debian's source package.`;

const ours = "dist/tsrun";

function findExecutable(name: string): string {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (found === undefined) {
    throw new Error(`${name} is not installed`);
  }
  return found;
}

async function runOne(
  runtime: string,
  view: CgroupView,
  folder: string,
  programs: readonly string[],
): Promise<Column> {
  const setting = { view, folder, runtime: resolve(runtime) };
  const results: Result[] = [];
  for (const [program, pending] of startSuite(setting, programs)) {
    const result = await pending;
    results.push(result);
    const verdict = result.fault === undefined ? "passes" : `fails: ${result.fault}`;
    console.error(`${basename(runtime)} ${program} ${verdict} (${result.seconds.toFixed(1)} s)`);
    for (const fact of result.left) {
      console.error(`${basename(runtime)} ${program} left ${fact}`);
    }
  }
  return { name: basename(runtime), results, cgroups: sweepCgroups(setting) };
}

/** Only tsrun has expectations: other runtimes are there to compare. */
function countMismatches(column: Column): number {
  const mismatches = column.results.flatMap((result) => {
    const mismatch = findMismatch(expectations[result.program], result);
    return mismatch === undefined ? [] : [`${result.program} ${mismatch}`];
  });
  const lines = [...mismatches, ...column.cgroups.map((path) => `left behind: cgroup ${path}`)];
  for (const line of lines) {
    console.log(`not as expected: ${line}`);
  }
  return lines.length;
}

interface Options {
  readonly runtimes: readonly string[];
  readonly only: readonly string[];
  readonly json: string | undefined;
}

/** @returns undefined when help was asked for */
function readOptions(): Options | undefined {
  const { values } = parseArgs({
    options: {
      runtime: { type: "string", default: ours },
      compare: { type: "boolean", default: false },
      only: { type: "string", multiple: true, default: [] },
      json: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    return undefined;
  }
  if (!existsSync(values.runtime)) {
    throw new Error(
      `no runtime at ${values.runtime}${values.runtime === ours ? ": npm run build makes it" : ""}`,
    );
  }
  const peers = values.compare ? ["runc", "crun"].map(findExecutable) : [];
  return { runtimes: [values.runtime, ...peers], only: values.only, json: values.json };
}

function choosePrograms(folder: string, only: readonly string[]): readonly string[] {
  const all = listPrograms(folder);
  const unknown = only.filter((program) => !all.includes(program));
  if (unknown.length > 0) {
    throw new Error(`no such program: ${unknown.join(", ")}`);
  }
  return only.length > 0 ? only : all;
}

async function runAll({ runtimes }: Options, folder: string, programs: readonly string[]): Promise<Column[]> {
  const view = await CgroupView.open();
  try {
    const columns: Column[] = [];
    for (const runtime of runtimes) {
      columns.push(await runOne(runtime, view, folder, programs));
    }
    return columns;
  } finally {
    await view.close();
  }
}

async function main(): Promise<number> {
  const options = readOptions();
  if (options === undefined) {
    console.log(usage);
    return 0;
  }
  const folder = buildConformance((line) => console.error(line));
  const programs = choosePrograms(folder, options.only);
  const columns = await runAll(options, folder, programs);
  console.log(formatScoreboard(programs, columns));
  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify(columns, null, 2)}\n`);
  }
  const judged = columns.filter((_, index) => options.runtimes[index] === ours);
  return judged.some((column) => countMismatches(column) > 0) ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`conformance: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
