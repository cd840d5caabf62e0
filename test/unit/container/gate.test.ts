import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { test } from "node:test";
import { Gate, open } from "../../../src/container/gate.ts";
import { lastStages } from "../../../src/init/last-stages.ts";
import type { Fd } from "../../../src/sys/fd.ts";
import type { Hand } from "../../../src/sys/stub/hand.ts";
import { withDirectory } from "../../helpers/directory.ts";
import { inHand } from "../../helpers/in-hand.ts";

const executing = lastStages.findIndex(([, pointer]) => pointer === "/process/args");

/** A hand behind a gate, as init is; `finish` adds what it does once it is let through. */
function withGate(finish: (hand: Hand) => void, check: (directory: string) => void): void {
  withDirectory((directory) => {
    const gate = Gate.make(directory);
    const { go, result }: { go: Fd; result: Fd } = gate;
    inHand((hand) => {
      hand.beginLast(result.number);
      hand.queue({ name: "read", args: [go.number, hand.memory.alloc(8), 1] });
      finish(hand);
      hand.release();
      gate[Symbol.dispose]();
      check(directory);
    });
  });
}

test("Gate.make() makes FIFOs that are nobody else's", () => {
  withDirectory((directory) => {
    using _gate = Gate.make(directory);
    for (const name of ["go", "result"]) {
      const stat = statSync(`${directory}/${name}`);
      assert.ok(stat.isFIFO());
      assert.equal(stat.mode & 0o777, 0o600);
    }
    assert.throws(() => Gate.make(directory), { code: "EEXIST" });
  });
});

test("open() lets init become its program and takes the gate away", () => {
  const execute = (hand: Hand) => {
    const { memory } = hand;
    hand.queue({
      name: "execve",
      args: [memory.string("/bin/true"), memory.strings(["true"]), memory.strings([])],
    });
  };
  withGate(execute, (directory) => {
    assert.equal(open(directory), undefined);
    assert.deepEqual([existsSync(`${directory}/go`), existsSync(`${directory}/result`)], [false, false]);
  });
});

test("open() returns the call that failed, with its stage and place", () => {
  const execute = (hand: Hand) => {
    hand.stage = executing;
    hand.queue({ name: "execve", args: [hand.memory.string("/nonexistent"), 0, 0] });
  };
  withGate(execute, (directory) => {
    const failure = open(directory);
    assert.deepEqual([failure?.stage, failure?.pointer], lastStages[executing]);
    assert.equal(failure?.error.message, "execve: no such file or directory");
  });
});

test("open() returns where init dies at the gate", () => {
  const dying = (hand: Hand) => hand.queue({ name: "exit_group", args: [0] });
  withGate(dying, (directory) => assert.equal(open(directory), undefined));
});

test("open() fails where init is gone", () => {
  withDirectory((directory) => {
    Gate.make(directory)[Symbol.dispose]();
    assert.throws(() => open(directory), { code: "ENXIO" });
  });
});
