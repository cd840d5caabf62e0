import type { Expectation } from "./expected.ts";
import { machineHas } from "./machine.ts";
import type { Result } from "./suite.ts";

/** Why a program must fail on this machine; undefined when it may pass. */
export function reasonToFail(expectation: Expectation): string | undefined {
  switch (expectation.verdict) {
    case "impossible":
      return expectation.reason;
    case "pass":
    case "depends":
      return expectation.needs !== undefined && !machineHas(expectation.needs)
        ? `this machine lacks ${expectation.needs}`
        : undefined;
  }
}

function surprise(expectation: Expectation, fault: string | undefined): string | undefined {
  const reason = reasonToFail(expectation);
  if (reason === undefined) {
    return expectation.verdict === "pass" ? fault : undefined;
  }
  return fault === undefined
    ? `passes, and test/conformance/expected.ts says that it fails: ${reason}`
    : undefined;
}

/** What is not as expected about a result; undefined when nothing is. */
export function findMismatch(expectation: Expectation | undefined, result: Result): string | undefined {
  if (expectation === undefined) {
    return "has no entry in test/conformance/expected.ts";
  }
  const unclean = result.left.length > 0 ? `left behind: ${result.left.join(", ")}` : undefined;
  const faults = [surprise(expectation, result.fault), unclean].filter((fault) => fault !== undefined);
  return faults.length > 0 ? faults.join("; ") : undefined;
}
