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

/** The command of each part; all tests are bundled at once. */
function commands(parts: readonly Part[]): string[] {
  const tests = [...new Set(parts.flatMap(({ test }) => test ?? []))];
  const bundles = new Map(bundleTests(tests, BUNDLES).map((path, index) => [tests[index], path]));
  return parts.map(({ test, command, seconds }) => {
    const runner = `node --enable-source-maps --test-reporter=tap ${quote(bundles.get(test) ?? "")}`;
    return `timeout -k 10 ${seconds} ${test === undefined ? command : runner}`;
  });
}

/** Bash that carries out a plan; its status is 0 unless the plan could not be carried out. */
export function jobScript({ env, parts }: Plan): string {
  // Node may use io_uring otherwise, which the VM's kernel has not, and then refuses to change its user (CVE-2024-22017).
  const variables = { UV_USE_IO_URING: "0", ...env };
  const exports = Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`);
  const steps = commands(parts).map((command, index) => [
    `echo ${quote(BEGIN + parts[index]?.name)}`,
    command,
    // A last line without an end would hide the mark.
    `status=$?; echo; echo "${END}$status"`,
  ]);
  return [...exports, ...steps.flat(), `echo ${quote(ALL_DONE)}`, ""].join("\n");
}

/** What became of a plan's parts. */
export interface Report {
  readonly counts: TapCounts;
  /** How many of them. */
  readonly ended: number;
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
    return { counts: this.#counts, ended: this.#next, done: this.#done };
  }

  #endPart(status: number): void {
    const part = this.#plan.parts[this.#next++];
    const seconds = ((Date.now() - this.#started) / 1000).toFixed(0);
    const title = `vm ${this.#plan.name}: ${part?.name} (${seconds} s)`;
    const isTap = part?.test !== undefined;
    const counts = isTap ? countTap(this.#lines) : { passed: 0, failed: 0, skips: [] };
    // Whoever ends badly without saying so has failed; a command says nothing else.
    const isSilent = !isTap || (status !== 0 && counts.failed === 0);
    const output = isTap ? this.#lines : this.#lines.map((line) => `# ${line}`);
    const verdict = `${status === 0 ? "ok" : "not ok"} - ${title}, status ${status}`;
    this.#print([`# ${title}`, ...output, ...(isSilent ? [verdict] : [])]);
    this.#count(counts);
    if (isSilent) this.#count({ passed: Number(status === 0), failed: Number(status !== 0), skips: [] });
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

function countTap(lines: readonly string[]): TapCounts {
  const reader = new TapReader();
  for (const line of lines) reader.line(line);
  return reader.counts;
}
