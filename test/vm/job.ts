// A plan as the script that runs in the VM, and the reading of what comes out of it.
import { bundleTests } from "../../scripts/lib/bundle.ts";
import { type TapCounts, TapReader } from "../../scripts/lib/tap.ts";
import type { Part, Plan } from "./plan.ts";

/** What stands before and after the output of a part. */
const BEGIN = "tsrun-vm: begin ";
const END = "tsrun-vm: end ";
const ALL_DONE = "tsrun-vm: all parts done";

/** Files of a VM's job, by checkout: the same sources make the same bundles. */
const BUNDLES = "build/vm-test";

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

function command({ tests, command: given }: Part): string {
  if (tests === undefined) return given ?? "true";
  const runner = "node --enable-source-maps --test --test-reporter=tap --test-concurrency=1";
  return [runner, ...bundleTests(tests, BUNDLES).map(quote)].join(" ");
}

/** Bash that carries out a plan; its status is 0 unless the plan could not be carried out. */
export function jobScript({ env, parts }: Plan): string {
  const exports = Object.entries(env).map(([name, value]) => `export ${name}=${quote(value)}`);
  const steps = parts.map((part) => [
    `echo ${quote(BEGIN + part.name)}`,
    command(part),
    // A last line without an end would hide the mark.
    `status=$?; echo; echo "${END}$status"`,
  ]);
  return [...exports, ...steps.flat(), `echo ${quote(ALL_DONE)}`, ""].join("\n");
}

/** What became of a plan's parts. */
export interface Report {
  readonly counts: TapCounts;
  readonly done: boolean;
}

/** Reads a VM's output and hands on each part's as one piece, because two VMs speak at once. */
export class JobReader {
  readonly #plan: Plan;
  readonly #print: (lines: readonly string[]) => void;
  #lines: string[] = [];
  #next = 0;
  #done = false;
  #started = Date.now();
  #counts: TapCounts = { passed: 0, failed: 0, skips: [] };

  constructor(plan: Plan, print: (lines: readonly string[]) => void) {
    this.#plan = plan;
    this.#print = print;
  }

  line(text: string): void {
    if (text.startsWith(BEGIN)) {
      this.#lines = [];
      this.#started = Date.now();
    } else if (text.startsWith(END)) {
      this.#endPart(Number(text.slice(END.length)));
    } else if (text === ALL_DONE) {
      this.#done = true;
    } else {
      this.#lines.push(text);
    }
  }

  /** Whatever a part had printed when its VM ended. */
  get rest(): readonly string[] {
    return this.#lines;
  }

  get report(): Report {
    return { counts: this.#counts, done: this.#done };
  }

  #endPart(status: number): void {
    const part = this.#plan.parts[this.#next++];
    const seconds = ((Date.now() - this.#started) / 1000).toFixed(0);
    const title = `vm ${this.#plan.name}: ${part?.name} (${seconds} s)`;
    const isTap = part?.tests !== undefined;
    const output = isTap ? this.#lines : this.#lines.map((line) => `# ${line}`);
    const verdict = isTap ? [] : [`${status === 0 ? "ok" : "not ok"} - ${title}`];
    this.#print([`# ${title}`, ...output, ...verdict]);
    this.#count(isTap ? countTap(this.#lines, status) : countCommand(status));
    this.#lines = [];
  }

  #count({ passed, failed, skips }: TapCounts): void {
    const before = this.#counts;
    this.#counts = {
      passed: before.passed + passed,
      failed: before.failed + failed,
      skips: [...before.skips, ...skips],
    };
  }
}

/** A runner that ends badly without saying so has failed. */
function countTap(lines: readonly string[], status: number): TapCounts {
  const reader = new TapReader();
  for (const line of lines) reader.line(line);
  const { counts } = reader;
  return status !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

function countCommand(status: number): TapCounts {
  return status === 0 ? { passed: 1, failed: 0, skips: [] } : { passed: 0, failed: 1, skips: [] };
}
