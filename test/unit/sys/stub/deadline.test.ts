import assert from "node:assert/strict";
import { test } from "node:test";
import { withSignalsBlocked } from "../../../../src/sys/signal-mask.ts";
import { cloneChild } from "../../../../src/sys/stub/clone.ts";
import { deadlineOf, newControl } from "../../../../src/sys/stub/control.ts";
import { Hand } from "../../../../src/sys/stub/hand.ts";
import { HandMemory } from "../../../../src/sys/stub/hand-memory.ts";
import { control } from "../../../../src/sys/stub/protocol.ts";
import { pause, until } from "../../../helpers/wait.ts";

const DEADLINE_MS = 200;

/** A hand that waits for its first turn no longer than DEADLINE_MS; `takeBack` takes that back. */
function waitingHand(): { hand: Hand; takeBack: () => void } {
  const memory = new HandMemory(4096);
  const [block, records] = newControl(memory);
  memory.setAddress(deadlineOf(block), 0);
  memory.setAddress(deadlineOf(block) + 8, DEADLINE_MS * 1_000_000);
  const scratch = memory.keep(8);
  const cloned = withSignalsBlocked(() => cloneChild(memory, block, scratch, { namespaces: 0 }));
  return {
    hand: new Hand(memory, block, records, cloned),
    takeBack: () => memory.setAddress(block + control.timeout, 0),
  };
}

test("a hand exits with status 1 at the end of its deadline", () => {
  const { hand } = waitingHand();
  until("the hand to exit", () => hand.exited());
  assert.equal(hand.reap(), 1);
});

test("a hand lives on when its deadline is taken back while it waits", () => {
  const { hand, takeBack } = waitingHand();
  pause(DEADLINE_MS / 2);
  assert.ok(!hand.exited());
  takeBack();
  pause(2 * DEADLINE_MS);
  assert.equal(hand.call({ name: "getpid", args: [] }), hand.pid);
  hand.destroy();
});
