import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { test } from "node:test";
import { makeLastFile, takeLastWords } from "../../../src/container/last-words.ts";
import { lastStages } from "../../../src/init/last-stages.ts";
import type { Call } from "../../../src/sys/executor.ts";
import { local } from "../../../src/sys/local.ts";
import { pipe } from "../../../src/sys/pipe.ts";
import { Hand } from "../../../src/sys/stub/hand.ts";
import { HandMemory } from "../../../src/sys/stub/hand-memory.ts";
import { withDirectory } from "../../helpers/directory.ts";

const executing = lastStages.findIndex(([, pointer]) => pointer === "/process/args");

/** Lets a hand carry out a last batch whose report nobody takes, and looks at what is left of it. */
function afterLastBatch(calls: (hand: Hand) => Call[], look: (directory: string) => void): void {
  withDirectory((directory) => {
    using file = makeLastFile(directory);
    const hand = Hand.clone(new HandMemory(1 << 16, file.number), { namespaces: 0 });
    const report = pipe(local);
    hand.beginLast(report.write.number);
    hand.stage = executing;
    for (const call of calls(hand)) hand.queue(call);
    hand.release();
    hand.reap();
    for (const end of [report.read, report.write]) end[Symbol.dispose]();
    look(directory);
  });
}

const execve = (hand: Hand, path: string): Call => {
  const { memory } = hand;
  return { name: "execve", args: [memory.string(path), memory.strings([path]), memory.strings([])] };
};

test("takeLastWords() finds the call of init's last batch that failed, and removes the file", () => {
  const calls = (hand: Hand): Call[] => [
    { name: "close", args: [-1], optional: true },
    { name: "getpid", args: [] },
    execve(hand, "/nonexistent"),
  ];
  afterLastBatch(calls, (directory) => {
    assert.equal(statSync(`${directory}/last`).mode & 0o777, 0o600);
    const failure = takeLastWords(directory);
    assert.equal(failure?.pointer, "/process/args");
    assert.deepEqual([failure?.error.syscall, failure?.error.code], ["execve", "ENOENT"]);
    assert.equal(existsSync(`${directory}/last`), false);
  });
});

test("takeLastWords() finds nothing where init became its program, and where there is no file", () => {
  afterLastBatch(
    (hand) => [execve(hand, "/bin/true")],
    (directory) => {
      assert.equal(takeLastWords(directory), undefined);
      assert.equal(existsSync(`${directory}/last`), false);
      assert.equal(takeLastWords(directory), undefined);
    },
  );
});
