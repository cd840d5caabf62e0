import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { messageOf, TsrunError } from "../../../../src/base/errors.ts";
import type { Executor } from "../../../../src/sys/executor.ts";
import { local } from "../../../../src/sys/local.ts";
import { cloneHand } from "../../in-hand.ts";
import { callSteps, type Step, StepRunner } from "../call-steps.ts";
import { faultOfError } from "../fault.ts";
import { type Subject, subject } from "../subject.ts";

/** Files that are longer are not compared whole: some have holes of a terabyte. */
const READ = 1 << 20;

/** What came of steps, by those who cannot tell one executor from another. */
interface Outcome {
  readonly results: readonly (number | string)[];
  readonly error: string;
  readonly tree: readonly string[];
}

function treeOf(path: string, name = ""): string[] {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return [`${name} -> ${readlinkSync(path)}`];
  if (stat.isDirectory()) {
    return [
      `${name}/`,
      ...readdirSync(path)
        .sort()
        .flatMap((each) => treeOf(join(path, each), `${name}/${each}`)),
    ];
  }
  const text = stat.size <= READ ? readFileSync(path, "utf8") : "";
  return [`${name} ${stat.size} ${text}`];
}

function textOf(error: unknown): string {
  const fault = faultOfError(error);
  if (fault !== undefined) return fault;
  const { message, pointer, cause } = error as TsrunError;
  return `${message} (${pointer}): ${cause === undefined ? "" : messageOf(cause)}`;
}

/** Whether a hand has no room for more arguments: what is queued must be carried out first. */
const isFull = (error: unknown): boolean =>
  error instanceof TsrunError && /is exhausted$/.test(error.message);

/** Makes room once; the memory of a hand holds what any step here needs. */
function runWithRoom(k: Executor, runner: StepRunner, step: Step, index: number): void {
  try {
    runner.run(step, index);
  } catch (error) {
    if (!isFull(error) || step.times > 1) throw error;
    k.flush();
    runner.run(step, index);
  }
}

/** The first thing that failed: what is queued was there before what the steps themselves complain of. */
function attempt(k: Executor, runner: StepRunner, steps: readonly Step[]): string {
  let failure = "";
  try {
    for (const [index, step] of steps.entries()) runWithRoom(k, runner, step, index);
  } catch (error) {
    failure = textOf(error);
  }
  try {
    k.flush();
  } catch (error) {
    failure = textOf(error);
  }
  return failure;
}

function outcomeOf(k: Executor, path: string, steps: readonly Step[]): Outcome {
  mkdirSync(path);
  try {
    const runner = new StepRunner(k, path);
    const error = attempt(k, runner, steps);
    const tree = treeOf(path);
    runner.end();
    return { results: runner.results, error, tree };
  } finally {
    rmSync(path, { recursive: true });
  }
}

/** Steps that would have more queued at once than a hand has memory for its arguments, or more open than it has slots. */
const tooMuch = ({ kind, times, size, text, name }: Step): boolean =>
  (kind === "open" && times > 1) || times * (size + text.length + name.length) > 50_000;

/**
 * The encoder of records: a hand does what this process does for the same calls, and in the same words.
 */
export function records(directory: string): Subject {
  const hand = cloneHand();
  process.once("exit", () => hand.destroy());
  const path = `${directory}/tree`;
  return subject(
    callSteps.map((steps) => steps.map((step) => (tooMuch(step) ? { ...step, times: 1 } : step))),
    (steps) => {
      const [here, there] = [outcomeOf(local, path, steps), outcomeOf(hand, path, steps)];
      const [wanted, got] = [JSON.stringify(here), JSON.stringify(there)];
      return wanted === got ? undefined : `the hand ends with ${got}\nnot with ${wanted}`;
    },
  );
}
