import { type TestContext, test } from "node:test";
import { knownGap } from "./gaps.ts";
import { Sandbox } from "./sandbox.ts";

/**
 * A test with a sandbox of its own, which must be left empty. Skipped with its written reason where the runtime under
 * test is known to differ.
 */
export function it(name: string, body: (box: Sandbox, t: TestContext) => void | Promise<void>): void {
  test(name, { skip: knownGap(name) ?? false }, async (t) => {
    const box = new Sandbox();
    try {
      await body(box, t);
    } catch (error) {
      box.abandon();
      throw error;
    }
    box.close();
  });
}
