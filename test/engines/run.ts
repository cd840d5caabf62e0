// `npm run test:engines`: the engines' tests on tsrun and on runc, and then what the two were asked and answered.
import { rmSync } from "node:fs";
import { bundleTests } from "../../scripts/lib/bundle.ts";
import { ONE_AT_A_TIME, runBundles } from "../../scripts/lib/run-tests.ts";
import { sumCounts, type TapCounts } from "../../scripts/lib/tap.ts";

/** The runtime that every test must pass on, too, so that one that fails on tsrun alone is known to be tsrun's fault. */
const peer = "/usr/sbin/runc";
const golden = "test/engines/golden.test.ts";

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

/** Runs the engines' tests, all or the given files. @returns the tests of both runtimes */
export async function runEngines(files: readonly string[]): Promise<TapCounts> {
  const onBoth = files.filter((file) => file !== golden);
  console.log(`# engines on tsrun, and at the same time on ${peer}: ${onBoth.length} files`);
  rmSync("build/engines", { recursive: true, force: true });
  const counts = await runOnBoth(onBoth);
  return counts;
}
