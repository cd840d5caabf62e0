import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { local } from "../../../src/sys/local.ts";
import { knowsMemoryNodes, setMemoryPolicy } from "../../../src/sys/memory-policy.ts";
import { inHand } from "../../helpers/in-hand.ts";
import { skipUnless } from "../../helpers/skip.ts";

const MPOL_BIND = 2;
const MPOL_LOCAL = 4;
const numa = knowsMemoryNodes(local);

/** The policy of the memory that is the process's alone (numa(7)). */
function policyOf(pid: number): string | undefined {
  return readFileSync(`/proc/${pid}/numa_maps`, "utf8").split("\n")[0]?.split(" ")[1];
}

test("setMemoryPolicy() hands over the highest node of a mask, too", (t) => {
  if (!skipUnless(t, numa, "numa")) return;
  inHand((hand) => {
    setMemoryPolicy(hand, MPOL_BIND, new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0]), "MPOL_BIND 0");
    assert.equal(policyOf(hand.pid), "bind:0");
    const last = new Uint8Array(8);
    last[7] = 0x80;
    assert.throws(() => setMemoryPolicy(hand, MPOL_BIND, last, "MPOL_BIND 63"), {
      message: "set_mempolicy MPOL_BIND 63: invalid argument",
    });
    setMemoryPolicy(hand, MPOL_LOCAL, new Uint8Array(), "MPOL_LOCAL");
    assert.equal(policyOf(hand.pid), "local");
  });
});
