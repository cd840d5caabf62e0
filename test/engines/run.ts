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

/** Both runtimes at the same time, a file after the other each; the peer's TAP comes last, in one piece. */
async function runOnBoth(files: readonly string[]): Promise<TapCounts> {
  const bundles = bundleTests(files);
  const flags = [ONE_AT_A_TIME];
  const held: string[] = [];
  const runs = [
    runBundles(bundles, { flags }),
    runBundles(bundles, { flags, env: { RUNTIME: peer }, print: (line) => held.push(line) }),
  ];
  const counts = await Promise.all(runs);
  console.log(`# engines on ${peer}`);
  console.log(held.join("\n"));
  return sumCounts(counts);
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
