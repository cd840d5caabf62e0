import assert from "node:assert/strict";
import { test } from "node:test";
import { JobReader, jobScript } from "../../vm/job.ts";
import type { Plan } from "../../vm/plan.ts";

const plan: Plan = {
  name: "one",
  env: { ANSWER: "it's 42" },
  parts: [
    { name: "file", test: "test/unit/vm/job.test.ts", seconds: 7 },
    { name: "command", command: "true", seconds: 9 },
  ],
};

/** What a VM prints of a plan. @returns the report and the pieces that were handed on */
function read(lines: readonly string[]) {
  const pieces: (readonly string[])[] = [];
  const reader = new JobReader(plan, (piece) => pieces.push(piece));
  for (const line of lines) reader.line(line);
  return { report: reader.report, pieces, rest: reader.rest };
}

const file = (status: number, ...tap: string[]) => [
  "tsrun-vm: begin file",
  ...tap,
  `tsrun-vm: end ${status}`,
];
const command = (status: number) => ["tsrun-vm: begin command", "words", `tsrun-vm: end ${status}`];
const end = "tsrun-vm: all parts done";

test("jobScript() quotes the environment and limits each part's time", () => {
  const lines = jobScript(plan).split("\n");
  assert.ok(lines.includes("export ANSWER='it'\\''s 42'"));
  assert.match(lines.find((line) => line.includes("job.test.mjs")) ?? "", /^timeout -k 10 7 node .*\.mjs'$/);
  assert.ok(lines.includes("timeout -k 10 9 true"));
});

test("JobReader counts tests and commands and passes each part on as one piece", () => {
  const tap = ["ok 1 - a # SKIP why", "# pass 3", "# fail 0"];
  const { report, pieces } = read([...file(0, ...tap), ...command(0), end]);
  assert.deepEqual(report, { counts: { passed: 4, failed: 0, skips: ["why"] }, ended: 2, done: true });
  assert.match(pieces[0]?.[0] ?? "", /^# vm one: file \(\d+ s\)$/);
  assert.deepEqual(pieces[0]?.slice(1), tap);
  assert.match(pieces[1]?.slice(1).join("|") ?? "", /^# words\|ok - vm one: command \(\d+ s\), status 0$/);
});

test("JobReader takes a test file that ends badly for a failure, however it ends", () => {
  assert.equal(read([...file(1, "# pass 1", "# fail 1")]).report.counts.failed, 1);
  const silent = read([...file(124, "ok 1 - a")]);
  assert.equal(silent.report.counts.failed, 1);
  assert.match(silent.pieces[0]?.at(-1) ?? "", /^not ok - vm one: file .* status 124$/);
});

test("JobReader knows a job that was cut off", () => {
  const { report, rest } = read(["tsrun-vm: begin file", "ok 1 - a"]);
  assert.deepEqual(report, { counts: { passed: 0, failed: 0, skips: [] }, ended: 0, done: false });
  assert.deepEqual(rest, ["ok 1 - a"]);
  assert.equal(read([...file(0, "# pass 1"), ...command(1), end]).report.counts.failed, 1);
});
