// Generated inputs for all that tsrun reads. TSRUN_FUZZ_SEED=number (or "random") for others than CI's; TSRUN_STRESS=full for more.
import assert from "node:assert/strict";
import { fuzzSeed, isFull } from "../helpers/fuzz/amount.ts";
import { type SubjectName, subjectNames } from "../helpers/fuzz/subjects/index.ts";
import { watch } from "../helpers/fuzz/watch.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";

leaveNothing();

/** Configurations are the most there is to read wrongly; of some others an input takes milliseconds. */
const sizes = {
  configurations: isFull ? 100_000 : 10_000,
  slow: isFull ? 10_000 : 500,
  quick: isFull ? 20_000 : 2000,
};
const slow: readonly SubjectName[] = ["records", "stateFiles", "commandLines", "seccompProfiles"];

function countOf(subject: SubjectName): number {
  if (subject === "configurations") return sizes.configurations;
  return slow.includes(subject) ? sizes.slow : sizes.quick;
}

for (const subject of subjectNames) {
  const count = countOf(subject);
  it(`${count} ${subject.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)} are taken or refused in order`, async (box) => {
    const { cases, fault } = await watch({ subject, directory: box.bundle(), seed: fuzzSeed, count });
    assert.equal(fault, "", `TSRUN_FUZZ_SEED=${fuzzSeed}`);
    assert.equal(cases, count);
  });
}

it("a case that hangs, and one that ends its process, are found", async (box) => {
  const job = { subject: "configurations", directory: box.bundle(), seed: fuzzSeed, count: 1 } as const;
  const begin = `import { writeFileSync, writeSync } from "node:fs";
    writeFileSync(JSON.parse(process.argv[2]).directory + "/case", "what it was");`;
  const after = (ending: string) => `${begin} writeSync(3, "()("); ${ending}`;
  const hang = await watch(job, after("for (;;);"));
  assert.match(hang.fault, /^case 2 hangs: .*: what it was$/s);
  const crash = await watch(job, after('process.kill(process.pid, "SIGSEGV");'));
  assert.equal(crash.fault, "case 2 ended the process: SIGSEGV: what it was");
});
