// `npm run test:vm`: both VMs at the same time, and their verdict.
import { sumCounts, type TapCounts } from "../../scripts/lib/tap.ts";
import { buildConformance } from "../conformance/build.ts";
import { knownSkips } from "../helpers/known-skips.ts";
import { runInVm, VmError } from "./boot.ts";
import { ensureImage } from "./image.ts";
import { JobReader, jobScript } from "./job.ts";
import { makePlans, type Plan } from "./plan.ts";

/** What a VM's job may take: several times what it takes on a machine of two processors. */
const SECONDS = 1500;
/**
 * In how many VMs a plan may go on after the end of a kernel: user-mode Linux 7.2 aborts at some OOM kills, where execve
 * writes to the memory of a process that is being killed (maybe_map). A part whose kernel dies twice has failed.
 */
const VMS = 3;

/** What became of parts of a plan in one VM. */
interface Outcome {
  readonly counts: TapCounts;
  /** How many parts were done. */
  readonly ended: number;
  /** What went wrong with the VM, if anything did. */
  readonly fault?: VmError;
  /** Whatever the part that it interrupted had printed. */
  readonly rest: readonly string[];
}

async function runInOne(plan: Plan, image: string): Promise<Outcome> {
  const reader = new JobReader(plan, (lines) => console.log(lines.join("\n")));
  const outcome = (fault?: VmError): Outcome => {
    const { counts, ended } = reader.report;
    return { counts, ended, rest: reader.rest, ...(fault === undefined ? {} : { fault }) };
  };
  try {
    const script = jobScript(plan);
    await runInVm({ image, script, seconds: SECONDS, onLine: (line) => reader.line(line) });
  } catch (error) {
    if (error instanceof VmError) return outcome(error);
    throw error;
  }
  return outcome(
    reader.report.done ? undefined : new VmError("the VM's job ended before all its parts were done"),
  );
}

const comment = (text: string) => text.split("\n").map((line) => `# ${line}`);

/** A plan, in a VM of its own; where that one's kernel dies, the rest of it in another. */
async function runPlan(plan: Plan, image: string): Promise<TapCounts> {
  let counts: TapCounts = { passed: 0, failed: 0, skips: [] };
  let { parts } = plan;
  for (let vm = 1; ; vm++) {
    const { counts: more, ended, fault, rest } = await runInOne({ ...plan, parts }, image);
    counts = sumCounts([counts, more]);
    if (fault === undefined) return counts;
    // The first part takes stock: one that dies right after it has been interrupted before, or was in no VM that works.
    const goesOn = fault.isKernels && vm < VMS && ended > (vm === 1 ? 0 : 1);
    if (!goesOn) {
      console.log([...rest, `not ok - vm ${plan.name}`, ...comment(fault.message)].join("\n"));
      return { ...counts, failed: counts.failed + 1 };
    }
    const again = `vm ${plan.name}: ${parts[ended]?.name} once more in another VM`;
    console.log([...comment(fault.message), ...comment(again)].join("\n"));
    parts = [...parts.slice(0, 1), ...parts.slice(ended)];
  }
}

/** The image, and what only the host can make. @throws Error where this machine cannot make a VM */
function prepare(files: readonly string[]): string {
  const report = (line: string) => console.log(`# ${line}`);
  // The VM has no Go.
  if (files.length === 0) buildConformance(report);
  const image = ensureImage(report);
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
  return sumCounts(await Promise.all(makePlans(files).map((plan) => runPlan(plan, image))));
}
