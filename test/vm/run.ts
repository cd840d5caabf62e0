// `npm run test:vm`: both VMs at the same time, and their verdict.
import type { TapCounts } from "../../scripts/lib/tap.ts";
import { buildConformance } from "../conformance/build.ts";
import { knownSkips } from "../helpers/known-skips.ts";
import { runInVm, VmError } from "./boot.ts";
import { tidyCache } from "./cache.ts";
import { ensureImage } from "./image.ts";
import { JobReader, jobScript } from "./job.ts";
import { makePlans, type Plan } from "./plan.ts";

/** What a VM's job may take: several times what it takes on a machine of two processors. */
const SECONDS = 1500;

async function runPlan(plan: Plan, image: string): Promise<TapCounts> {
  const reader = new JobReader(plan, (lines) => console.log(lines.join("\n")));
  const failed = (why: string): TapCounts => {
    const { counts } = reader.report;
    console.log(
      [...reader.rest, `not ok - vm ${plan.name}`, ...why.split("\n").map((line) => `# ${line}`)].join("\n"),
    );
    return { ...counts, failed: counts.failed + 1 };
  };
  try {
    const script = jobScript(plan);
    await runInVm({ image, script, seconds: SECONDS, onLine: (line) => reader.line(line) });
  } catch (error) {
    if (error instanceof VmError) return failed(error.message);
    throw error;
  }
  const { counts, done } = reader.report;
  return done ? counts : failed("the VM's job ended before all its parts were done");
}

/** The image, and what only the host can make. @throws Error where this machine cannot make a VM */
function prepare(files: readonly string[]): string {
  const report = (line: string) => console.log(`# ${line}`);
  // The VM has no Go.
  if (files.length === 0) buildConformance(report);
  const image = ensureImage(report);
  tidyCache(image);
  return image;
}

/** Runs everything, or the given test files, in VMs. @returns the tests of all of them */
export async function runVms(files: readonly string[]): Promise<TapCounts> {
  if (process.arch !== "x64") {
    console.log(`ok - vm # SKIP ${knownSkips.vmX86}`);
    return { passed: 0, failed: 0, skips: [knownSkips.vmX86] };
  }
  let image: string;
  try {
    image = prepare(files);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    console.log(["not ok - vm", ...text.split("\n").map((line) => `# ${line}`)].join("\n"));
    return { passed: 0, failed: 1, skips: [] };
  }
  const counts = await Promise.all(makePlans(files).map((plan) => runPlan(plan, image)));
  return {
    passed: counts.reduce((sum, each) => sum + each.passed, 0),
    failed: counts.reduce((sum, each) => sum + each.failed, 0),
    skips: counts.flatMap(({ skips }) => skips),
  };
}
