import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { libcVariable } from "../../../src/sys/koffi.ts";
import { local } from "../../../src/sys/local.ts";
import { type RseqArea, rseqArea, tryRseq } from "../../../src/sys/rseq.ts";
import { HandMemory } from "../../../src/sys/stub/hand-memory.ts";
import { cloneHand, inHand } from "../../helpers/in-hand.ts";

/** This thread's area; a libc before 2.35 registers none, and then there is nothing to undo. */
function ownArea(t: TestContext): RseqArea | undefined {
  const area = rseqArea(new HandMemory(1 << 12).threadPointerEntry);
  assert.equal(area === undefined, (libcVariable("__rseq_size", "uint") ?? 0) === 0);
  if (area === undefined) t.diagnostic("this libc registers no area");
  return area;
}

test("rseqArea() is the area that the kernel knows", (t) => {
  const area = ownArea(t);
  if (area === undefined) return;
  assert.equal(tryRseq(local, area, "unregister"), true);
  assert.equal(tryRseq(local, area, "unregister"), false);
  assert.equal(tryRseq(local, area, "register"), true);
  assert.equal(tryRseq(local, area, "register"), false);
});

test("a clone leaves this thread's area as it was, and the child without one", (t) => {
  cloneHand().destroy();
  const area = ownArea(t);
  if (area === undefined) return;
  assert.equal(tryRseq(local, area, "register"), false, "it is registered already");
  inHand((hand) => assert.equal(tryRseq(hand, area, "unregister"), false));
});

test("a clone gives the child none of this process's memory but what they share", () => {
  inHand((hand) => {
    const lines = readFileSync(`/proc/${hand.pid}/maps`, "utf8").trim().split("\n");
    const own = lines.filter((line) => !/\[(vdso|vvar|vvar_vclock|vsyscall|uprobes|sigpage)\]$/.test(line));
    for (const line of own)
      assert.match(line, /^\S+ [r-][w-][x-]s .*\/dev\/zero \(deleted\)$|^\S+ [r-][w-][x-]s /, line);
    const executable = own.filter((line) => / r-xs /.test(line));
    assert.equal(executable.length, 1, "the stub's page");
    assert.ok(
      own.every((line) => !/ [r-]wx/.test(line)),
      "nothing can be written and executed",
    );
  });
});

test("libcVariable() knows no variable that libc does not have", () => {
  assert.equal(libcVariable("tsrun_no_such_variable", "long"), undefined);
});
