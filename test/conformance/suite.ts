// Runs validation programs and judges them.
import { namedCgroups, unnamedCgroups } from "./cgroup-view.ts";
import { expectations } from "./expected.ts";
import { limitTo } from "./limit.ts";
import { type Run, runProgram, type Setting } from "./program.ts";
import { findFault } from "./verdict.ts";

/** The verdict on one program under one runtime. */
export interface Result {
  readonly program: string;
  /** Why it did not pass; undefined when it did. */
  readonly fault: string | undefined;
  /** What was left after every container was deleted, apart from what the program leaves by design. */
  readonly left: readonly string[];
  readonly run: Run;
  readonly seconds: number;
}

/** Programs that use the same named cgroups take turns. */
const takesTurns = /cgroup|^delete_/;

/** The parents that a relative `cgroupsPath` implies, and the cgroup that a program makes itself, are no one's fault. */
const leftByDesign: Readonly<Record<string, RegExp>> = {
  delete_only_create_resources: /\/pids\/cgrouptest$/,
};
const impliedParents = /\/testdir(\/cgrouptest)?$/;

function clearCgroups({ view }: Setting, program: string): string[] {
  const found = view.listCgroups(namedCgroups);
  view.removeCgroups(found);
  const design = leftByDesign[program] ?? impliedParents;
  return found.filter((path) => !design.test(path)).map((path) => `cgroup ${path}`);
}

async function tryOnce(setting: Setting, program: string): Promise<Result> {
  const started = Date.now();
  const run = await runProgram(setting, program);
  const cgroups = takesTurns.test(program) ? clearCgroups(setting, program) : [];
  const expected = expectations[program];
  const { refusal, leaves } = expected?.verdict === "pass" ? expected : {};
  return {
    program,
    fault: findFault(run, refusal),
    left: [...run.left, ...cgroups].filter((fact) => leaves?.test(fact) !== true),
    run,
    seconds: (Date.now() - started) / 1000,
  };
}

/** What an attempt leaves behind is a fault even if a later one passes, so that ends the attempts. */
async function judge(setting: Setting, program: string): Promise<Result> {
  const expected = expectations[program];
  const attempts = expected?.verdict === "pass" ? (expected.attempts ?? 1) : 1;
  for (let attempt = 1; ; attempt++) {
    const result = await tryOnce(setting, program);
    if (attempt === attempts || result.fault === undefined || result.left.length > 0) {
      return result;
    }
  }
}

/**
 * Starts programs, a few at a time: most of them sleep most of the time.
 *
 * @returns a promise of each one's result, by the program's name
 */
export function startSuite(setting: Setting, programs: readonly string[]): Map<string, Promise<Result>> {
  const inTurn = limitTo(1);
  const together = limitTo(2);
  return new Map(
    programs.map((program) => {
      const limit = takesTurns.test(program) ? inTurn : together;
      const result = limit(() => judge(setting, program));
      // Whoever waits for it sees a failure; until then it must not count as unhandled and end the process.
      result.catch(() => undefined);
      return [program, result];
    }),
  );
}

/** Removes the cgroups of containers after all programs, and tells which there were. */
export function sweepCgroups({ view }: Setting): string[] {
  const found = view.listCgroups(unnamedCgroups);
  view.removeCgroups(found);
  return found;
}
