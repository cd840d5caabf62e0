import type { Expectation } from "./expected.ts";
import type { Result } from "./suite.ts";

function surprise(expectation: Expectation, fault: string | undefined): string | undefined {
  switch (expectation.verdict) {
    case "pass":
      return fault;
    case "due":
    case "impossible":
      return fault === undefined
        ? `passes, although test/conformance/expected.ts says otherwise (${expectation.reason}): correct the list`
        : undefined;
    case "depends":
      return undefined;
  }
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
