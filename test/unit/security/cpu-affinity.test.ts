import assert from "node:assert/strict";
import { test } from "node:test";
import {
  applyFinalAffinity,
  applyInitialAffinity,
  withInitialAffinity,
} from "../../../src/security/cpu-affinity.ts";
import { cloneHand, inHand, statusOf } from "../../helpers/in-hand.ts";

function cpusOf(pid: number): string | undefined {
  return statusOf(pid)["Cpus_allowed_list"];
}

test("applyInitialAffinity() and applyFinalAffinity() pin the process before and after", () => {
  inHand((hand) => {
    const all = cpusOf(hand.pid) ?? "";
    const [first = "", last = ""] = [/^\d+/.exec(all)?.[0], /\d+$/.exec(all)?.[0]];
    applyInitialAffinity(hand, { initial: first, final: last });
    assert.equal(cpusOf(hand.pid), first);
    applyFinalAffinity(hand, { initial: first, final: last });
    assert.equal(cpusOf(hand.pid), last);
  });
});

test("applyFinalAffinity() lets the process run on all CPUs where no list says otherwise", () => {
  for (const affinity of [undefined, {}, { final: "" }]) {
    inHand((hand) => {
      const all = cpusOf(hand.pid) ?? "";
      applyInitialAffinity(hand, { initial: /^\d+/.exec(all)?.[0] ?? "" });
      applyFinalAffinity(hand, affinity);
      hand.flush();
      assert.equal(cpusOf(hand.pid), all);
    });
  }
});

test("applyInitialAffinity() leaves the process alone without a list", () => {
  inHand((hand) => {
    const all = cpusOf(hand.pid);
    applyInitialAffinity(hand, undefined);
    applyInitialAffinity(hand, { initial: "" });
    hand.flush();
    assert.equal(cpusOf(hand.pid), all);
  });
});

test("applyFinalAffinity() names the place of a list without a CPU of this machine's", () => {
  inHand((hand) => {
    assert.throws(() => applyFinalAffinity(hand, { final: "9000" }), {
      message: "setting the final CPU affinity",
      pointer: "/process/execCPUAffinity/final",
    });
  });
});

test("withInitialAffinity() pins what is cloned in it, and gives this thread its CPUs back", () => {
  const own = statusOf(process.pid)["Cpus_allowed_list"] ?? "";
  const first = /^\d+/.exec(own)?.[0] ?? "";
  const hand = withInitialAffinity({ initial: first }, () => cloneHand());
  try {
    assert.equal(cpusOf(hand.pid), first);
    assert.equal(statusOf(process.pid)["Cpus_allowed_list"], own);
  } finally {
    hand.destroy();
  }
});
