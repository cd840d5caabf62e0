// What a validation program's output means. The programs are lenient with themselves (some report a failure in a
// diagnostic without a test, some exit 0 before their plan): this judges strictly.

/** What one program did. */
export interface Outcome {
  /** Exit status of the program; 124 or 137 when it was stopped for taking too long, as timeout(1) reports it. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface TapCounts {
  readonly plans: readonly number[];
  readonly tests: number;
  readonly skipped: number;
  readonly failures: readonly string[];
  readonly details: readonly string[];
}

function countTap(stdout: string): TapCounts {
  const lines = stdout.split("\n");
  const results = lines.filter((line) => /^(not )?ok\b/.test(line));
  return {
    plans: lines.flatMap((line) => /^1\.\.(\d+)/.exec(line)?.[1] ?? []).map(Number),
    tests: results.length,
    skipped: results.filter((line) => /^ok \d+ # SKIP/.test(line)).length,
    failures: results.filter((line) => line.startsWith("not ok")),
    details: lines.filter((_, index) => lines[index - 1] === "  ---").map((line) => line.trim()),
  };
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}

/** create was reached, it refused for the right reason, and the program had nothing to complain about. */
function faultOfRefusal({ stdout, stderr }: Outcome, reason: RegExp): string | undefined {
  if (!stderr.startsWith("failed to create the container")) {
    return "create was not refused";
  }
  if (!reason.test(stderr)) {
    return `create was refused for another reason: ${lastLine(stderr)}`;
  }
  return stdout === "" ? undefined : "a container ran in spite of its configuration";
}

function faultOfTap(outcome: Outcome): string | undefined {
  const tap = countTap(outcome.stdout);
  const planned = tap.plans.reduce((sum, plan) => sum + plan, 0);
  if (tap.failures.length > 0) {
    return tap.failures.join("; ");
  }
  if (tap.plans.length === 0) {
    return `no plan was printed: ${lastLine(outcome.stderr)}`;
  }
  if (planned !== tap.tests) {
    return `${planned} tests were planned and ${tap.tests} made`;
  }
  // A test has one block of details at most: what is above that are failures reported without a test.
  if (tap.details.length > tap.tests) {
    return tap.details.join("; ");
  }
  if (tap.tests > 0 && tap.skipped === tap.tests) {
    return "all tests were skipped";
  }
  // poststart and poststop go on when their hook was never called, and only say so.
  return /^WARNING: .*$/m.exec(outcome.stderr)?.[0];
}

/**
 * Why a program did not pass; undefined when it did.
 *
 * @param refusal for a program whose point is that `create` refuses, and that prints no TAP: part of the message
 */
export function findFault(outcome: Outcome, refusal?: RegExp): string | undefined {
  if (outcome.status === 124 || outcome.status === 137) {
    return "took too long and was stopped";
  }
  if (outcome.status !== 0) {
    return `ended with status ${outcome.status}: ${lastLine(outcome.stderr)}`;
  }
  return refusal === undefined ? faultOfTap(outcome) : faultOfRefusal(outcome, refusal);
}
