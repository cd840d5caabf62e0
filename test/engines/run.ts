// `npm run test:engines`: the engines' tests on tsrun and on runc, and then what the two were asked and answered.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { bundleTests } from "../../scripts/lib/bundle.ts";
import { ONE_AT_A_TIME, runBundles, runTests } from "../../scripts/lib/run-tests.ts";
import { sumCounts, type TapCounts } from "../../scripts/lib/tap.ts";
import { ensureTree, suites, usualSuite } from "./machine/tree.ts";
import { COMPARED, forgetRecordings } from "./recorder/store.ts";

/** The runtime that every test must pass on, too, so that one that fails on tsrun alone is known to be tsrun's fault. */
const peer = "/usr/sbin/runc";
const golden = "test/engines/golden.test.ts";

/** Makes the trees that the files name before two runs would make them at the same time. */
function makeTrees(files: readonly string[]): void {
  const text = files.map((file) => readFileSync(file, "utf8")).join("\n");
  for (const suite of suites.filter((each) => each === usualSuite || text.includes(each))) {
    ensureTree(suite, (line) => console.log(`# ${line}`));
  }
}

/**
 * The peer's tests, a file after the other; its TAP comes last, in one piece. A file that fails gets a second try: engines
 * lose races with it, too, and only what it never passes says that the test is wrong.
 */
async function runOnPeer(bundles: readonly string[]): Promise<{ counts: TapCounts; lines: string[] }> {
  const counts: TapCounts[] = [];
  const lines: string[] = [];
  for (const bundle of bundles) {
    const first = await runOnce(bundle);
    const failed = first.counts.failed > 0;
    const last = failed ? await runOnce(bundle) : first;
    if (failed) lines.push(`# the first try of ${bundle}:`, ...first.lines.map((line) => `# ${line}`));
    lines.push(...last.lines);
    counts.push(last.counts);
  }
  return { counts: sumCounts(counts), lines };
}

async function runOnce(bundle: string): Promise<{ counts: TapCounts; lines: string[] }> {
  const lines: string[] = [];
  const env = { RUNTIME: peer };
  const counts = await runBundles([bundle], { env, print: (line) => lines.push(line) });
  return { counts, lines };
}

/** Both runtimes at the same time, a file after the other each. */
async function runOnBoth(files: readonly string[]): Promise<TapCounts> {
  const bundles = bundleTests(files);
  const [own, other] = await Promise.all([
    runBundles(bundles, { flags: [ONE_AT_A_TIME] }),
    runOnPeer(bundles),
  ]);
  console.log(`# engines on ${peer}`);
  console.log(other.lines.join("\n"));
  return sumCounts([own, other.counts]);
}

/** Runs engines' tests on both runtimes, and compares. @returns the tests of all that */
export async function runEngines(files: readonly string[]): Promise<TapCounts> {
  const onBoth = files.filter((file) => file !== golden);
  console.log(`# engines on tsrun, and at the same time on ${peer}: ${onBoth.length} files`);
  try {
    makeTrees(onBoth);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    console.log(["not ok - engines", ...text.split("\n").map((line) => `# ${line}`)].join("\n"));
    return { passed: 0, failed: 1, skips: [] };
  }
  for (const file of onBoth) forgetRecordings(basename(file, ".test.ts"));
  const counts = await runOnBoth(onBoth);
  console.log("# engines: what both runtimes were asked and answered");
  const env = { [COMPARED]: onBoth.map((file) => basename(file, ".test.ts")).join(" ") };
  return sumCounts([counts, await runTests([golden], { env })]);
}
