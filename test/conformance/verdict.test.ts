import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findFault } from "./verdict.ts";

const header = "TAP version 13\n";

function tap(body: string, others: { status?: number; stderr?: string } = {}) {
  return { status: 0, stderr: "", stdout: header + body, ...others };
}

describe("findFault()", () => {
  test("takes a complete run without failures as passed", () => {
    assert.equal(findFault(tap("ok 1 - a\n  ---\n  {}\n  ...\nok 2 # SKIP b\n1..2\n")), undefined);
  });

  test("takes two streams in a row as one run", () => {
    assert.equal(findFault(tap(`ok 1 - a\n1..1\n${header}1..0\n`)), undefined);
  });

  test("names the tests that failed", () => {
    assert.equal(findFault(tap("not ok 1 - a\nok 2 - b\n1..2\n")), "not ok 1 - a");
  });

  test("ignores a captured stream inside a block of details", () => {
    const body = 'ok 1 - a\n  ---\n  {"stdout":"ok 1\\nnot ok 2"}\n  ...\n1..1\n';
    assert.equal(findFault(tap(body)), undefined);
  });

  test("refuses a run without a plan, with the last words of the program", () => {
    const outcome = tap("ok 1 - a\n", { stderr: "panic: index\ngoroutine 1\n" });
    assert.equal(findFault(outcome), "no plan was printed: goroutine 1");
  });

  test("refuses a run that made fewer tests than planned", () => {
    assert.equal(findFault(tap("ok 1 - a\n1..2\n")), "2 tests were planned and 1 made");
  });

  test("refuses a run that only skipped", () => {
    assert.equal(findFault(tap("ok 1 # SKIP a\n1..1\n")), "all tests were skipped");
  });

  test("takes no test and no details as passed, no test and details as failed", () => {
    assert.equal(findFault(tap("1..0\n")), undefined);
    assert.equal(findFault(tap('  ---\n  {"error":"late"}\n  ...\n1..0\n')), '{"error":"late"}');
  });

  test("refuses a failure that is reported beside the tests", () => {
    const detail = '  ---\n  {"error":"x"}\n  ...\n';
    assert.equal(findFault(tap(`ok 1 - a\n${detail}1..1\n`)), undefined);
    assert.equal(findFault(tap(`${detail}ok 1 - a\n${detail}1..1\n`)), '{"error":"x"}; {"error":"x"}');
  });
});

describe("findFault() beyond TAP", () => {
  test("refuses a hook that was never called", () => {
    const outcome = tap("1..0\n", { stderr: "WARNING: The poststart hook invoke fails\n" });
    assert.equal(findFault(outcome), "WARNING: The poststart hook invoke fails");
  });

  test("refuses a failing or stopped program whatever it printed", () => {
    const good = "ok 1 - a\n1..1\n";
    assert.equal(findFault(tap(good, { status: 1, stderr: "bad\n" })), "ended with status 1: bad");
    for (const status of [124, 137]) {
      assert.equal(findFault(tap(good, { status })), "took too long and was stopped");
    }
  });

  test("wants a refusal to be one, and for the right reason", () => {
    const refused = { status: 0, stdout: "", stderr: "failed to create the container\nunknown rlimit\n" };
    assert.equal(findFault(refused, /rlimit/), undefined);
    assert.equal(findFault({ ...refused, stderr: "" }, /rlimit/), "create was not refused");
    assert.equal(findFault(refused, /mount/), "create was refused for another reason: unknown rlimit");
    assert.equal(
      findFault({ ...refused, stdout: header }, /rlimit/),
      "a container ran in spite of its configuration",
    );
  });
});
