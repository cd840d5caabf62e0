import type { TestContext } from "node:test";
import { type KnownSkip, knownSkips } from "./known-skips.ts";

/** Skips the running test with a written reason unless the machine can run it; the caller returns where this is false. */
export function skipUnless(t: TestContext, possible: boolean, reason: KnownSkip): boolean {
  if (!possible) {
    t.skip(knownSkips[reason]);
  }
  return possible;
}
