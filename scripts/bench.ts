// `npm run bench`: tsrun against runc and crun, whole processes, taking turns. Prints a table and writes bench/results.json,
// bench/chart.svg and the table in README.md. It runs in mount and pid namespaces of its own, with which all goes that it makes;
// what is left of cgroups is removed afterwards, whatever ended it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { cpus, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { geteuid } from "node:process";
import { parseArgs } from "node:util";
import { Arena } from "./bench/arena.ts";
import { drawChart } from "./bench/chart.ts";
import { type Contender, findContenders, ours } from "./bench/contenders.ts";
import type { Effort } from "./bench/measure.ts";
import { replaceResults, textTable } from "./bench/report.ts";
import type { Machine, Results, Row } from "./bench/results.ts";
import { rows } from "./bench/rows.ts";
import { summarize } from "./bench/statistics.ts";

const usage = `usage: npm run bench [-- --runs N] [-- --quick] [-- --parts N]

  --runs N   timed calls of each runtime in each row (100)
  --quick    a first impression: few calls, nothing is written
  --parts N  only the first N parts, of which \`run\` is the first; nothing is written`;

const quickEffort: Effort = { rounds: 9, warmUp: 2, slowRounds: 2, batch: 16, crowds: [1, 20, 40] };
const WARM_UP = 10;
const SLOW_ROUNDS = 7;
const BATCH = 80;
const CROWDS = [1, 100, 500];

interface Options {
  readonly effort: Effort;
  readonly quick: boolean;
  /** How many of the rows' functions are called. */
  readonly parts: number;
  /** The scratch directory, in the process that measures. */
  readonly inside: string | undefined;
}

/** @returns undefined where help was asked for */
function readOptions(): Options | undefined {
  const { values } = parseArgs({
    options: {
      runs: { type: "string", default: "100" },
      quick: { type: "boolean", default: false },
      parts: { type: "string", default: String(rows.length) },
      help: { type: "boolean", default: false },
      inside: { type: "string" },
    },
  });
  if (values.help) {
    return undefined;
  }
  const rounds = Number(values.runs);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new Error(`--runs wants a number from 1 on, not ${JSON.stringify(values.runs)}`);
  }
  const effort = { rounds, warmUp: WARM_UP, slowRounds: SLOW_ROUNDS, batch: BATCH, crowds: CROWDS };
  const parts = Number(values.parts);
  return { effort: values.quick ? quickEffort : effort, quick: values.quick, parts, inside: values.inside };
}

function describeMachine(): Machine {
  const all = cpus();
  return {
    kernel: release(),
    cpu: all[0]?.model.trim() ?? "unknown processor",
    cpus: all.length,
    memory: `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
  };
}

/** Why a runtime cannot take part: it fails at what all rows need. */
function findObstacle(arena: Arena, contender: Contender): string | undefined {
  try {
    arena.call(contender, "run", "--bundle", arena.bundle({ args: ["/bin/true"] }), arena.nextId());
    return undefined;
  } catch (error) {
    if (contender.name === ours) {
      throw error;
    }
    return error instanceof Error ? error.message : String(error);
  }
}

/** Runs every row in this process, which is in namespaces of its own. */
async function measure(scratch: string, effort: Effort, parts: number): Promise<Results> {
  const { contenders, absent } = findContenders();
  const [own] = contenders;
  if (own === undefined) {
    throw new Error("there is nothing to measure");
  }
  const arena = new Arena(scratch, prefixOf(scratch), own);
  const entrants = contenders.map((each) => ({ ...each, skipped: findObstacle(arena, each) }));
  const setting = { arena, effort, contenders: entrants.filter(({ skipped }) => skipped === undefined) };
  const empty = summarize(Array.from({ length: effort.rounds }, () => arena.timeEmptyProgram()));
  const measured: Row[] = [];
  for (const [index, row] of rows.slice(0, parts).entries()) {
    console.error(`bench: part ${index + 1} of ${parts}`);
    const result = await row(setting);
    measured.push(...(result === undefined ? [] : [result].flat()));
  }
  const runtimes = entrants.map(({ name, version, skipped }) => ({
    name,
    version,
    ...(skipped === undefined ? {} : { skipped }),
  }));
  const missing = absent.map((name) => ({ name, version: "", skipped: "not installed" }));
  const date = new Date().toISOString();
  return {
    date,
    machine: describeMachine(),
    runtimes: [...runtimes, ...missing],
    rounds: effort.rounds,
    slowRounds: effort.slowRounds,
    empty,
    rows: measured,
  };
}

/** What the names of a run's containers, and so of their cgroups, begin with. */
function prefixOf(scratch: string): string {
  return scratch.split("/").at(-1) ?? "";
}

/** Removes the cgroups that a runtime which was killed has left. Their processes ended with the pid namespace. */
function removeCgroups(directory: string, prefix: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory() && entry.name.includes(prefix)) {
      console.error(`bench: removing ${path}, which a runtime has left`);
      rmdirSync(path);
    } else if (entry.isDirectory() && directory.split("/").length < 8) {
      removeCgroups(path, prefix);
    }
  }
}

/** Measures in a child with namespaces of its own and takes its results from standard output. */
async function measureApart(args: readonly string[]): Promise<Results> {
  if (geteuid?.() !== 0) {
    throw new Error("needs root: containers are made for real");
  }
  const scratch = mkdtempSync(join(tmpdir(), "tsrun-bench-"));
  const script = [process.execPath, "scripts/ts.mjs", "scripts/bench.ts", ...args, "--inside", scratch];
  const namespaces = [
    "--mount",
    "--propagation",
    "private",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
  ];
  // The terminal's SIGINT ends the child; what it leaves is this process's to remove.
  process.on("SIGINT", () => undefined);
  try {
    const child = spawn("unshare", [...namespaces, "sh", "scripts/bench/view.sh", scratch, ...script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    const [status] = await once(child, "close");
    if (status !== 0) {
      throw new Error("the measuring process failed");
    }
    return JSON.parse(output) as Results;
  } finally {
    rmdirSync(scratch);
    removeCgroups("/sys/fs/cgroup", prefixOf(scratch));
  }
}

function write(results: Results): void {
  mkdirSync("bench", { recursive: true });
  writeFileSync("bench/results.json", `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync("bench/chart.svg", drawChart(results));
  writeFileSync("README.md", replaceResults(readFileSync("README.md", "utf8"), results));
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options === undefined) {
    console.log(usage);
  } else if (options.inside !== undefined) {
    console.log(JSON.stringify(await measure(options.inside, options.effort, options.parts)));
  } else {
    const results = await measureApart(process.argv.slice(2));
    console.log(textTable(results));
    if (!options.quick && options.parts === rows.length) {
      write(results);
    }
  }
}

try {
  await main();
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
