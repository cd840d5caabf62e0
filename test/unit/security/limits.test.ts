import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { rlimitTypes } from "../../../src/oci/checks/process.ts";
import { applyLimits } from "../../../src/security/limits.ts";
import { capget } from "../../../src/sys/capset.ts";
import { local } from "../../../src/sys/local.ts";
import { RLIM_INFINITY } from "../../../src/sys/rlimit.ts";
import { inHand } from "../../helpers/in-hand.ts";
import { skipUnless } from "../../helpers/skip.ts";

const CAP_SYS_RESOURCE = 1n << 24n;

/** The kinds as proc_pid_limits(5) names them, in the order of their numbers. */
const rows = [
  "cpu time",
  "file size",
  "data size",
  "stack size",
  "core file size",
  "resident set",
  "processes",
  "open files",
  "locked memory",
  "address space",
  "file locks",
  "pending signals",
  "msgqueue size",
  "nice priority",
  "realtime priority",
  "realtime timeout",
];

/** Soft and hard limits of a process by their rows. */
function limitsOf(pid: number): Record<string, readonly [soft: string, hard: string]> {
  const lines = readFileSync(`/proc/${pid}/limits`, "utf8").trim().split("\n").slice(1);
  return Object.fromEntries(
    lines.map((line) => {
      const [, row = "", soft = "", hard = ""] = /^Max (.+?) {2,}(\S+) +(\S+)/.exec(line) ?? [];
      return [row, [soft, hard]];
    }),
  );
}

for (const [index, type] of rlimitTypes.entries()) {
  test(`applyLimits() lowers ${type} and nothing else`, () => {
    inHand((hand) => {
      const before = limitsOf(hand.pid);
      applyLimits(hand, [{ type, soft: 0, hard: 0 }]);
      hand.flush();
      const row = rows[index] ?? "";
      assert.ok(row in before, row);
      assert.deepEqual(limitsOf(hand.pid), { ...before, [row]: ["0", "0"] });
    });
  });
}

test("applyLimits() sets soft and hard limits apart, and none", () => {
  inHand((hand) => {
    const [, hard] = limitsOf(hand.pid)["core file size"] ?? [];
    applyLimits(hand, [
      { type: "RLIMIT_CORE", soft: 1000, hard: hard === "unlimited" ? RLIM_INFINITY : Number(hard) },
    ]);
    hand.flush();
    assert.deepEqual(limitsOf(hand.pid)["core file size"], ["1000", hard]);
  });
});

test("applyLimits() names the place of a limit that the kernel refuses", () => {
  inHand((hand) => {
    applyLimits(hand, [{ type: "RLIMIT_CORE", soft: 2, hard: 1 }]);
    assert.throws(
      () => hand.flush(),
      (error: Error & { pointer?: string }) => {
        assert.equal(error.message, "setting the resource limit RLIMIT_CORE");
        assert.equal(error.pointer, "/process/rlimits/0");
        assert.equal((error.cause as Error).message, "prlimit64 RLIMIT_CORE soft 2 hard 1: invalid argument");
        return true;
      },
    );
  });
});

test("applyLimits() lets the runtime raise what the process may not, if it may", (t) => {
  if (!skipUnless(t, process.geteuid?.() === 0, "root")) return;
  const mayRaise = (capget(local).effective & CAP_SYS_RESOURCE) !== 0n;
  inHand((hand) => {
    applyLimits(hand, [{ type: "RLIMIT_CORE", soft: 0, hard: 0 }]);
    hand.call({ name: "setresuid", args: [1000, 1000, 1000] });
    const raise = (): void => applyLimits(hand, [{ type: "RLIMIT_CORE", soft: 1, hard: 2 }], hand.pid);
    if (mayRaise) raise();
    else
      assert.throws(raise, {
        message: "setting the resource limit RLIMIT_CORE",
        pointer: "/process/rlimits/0",
      });
    assert.deepEqual(limitsOf(hand.pid)["core file size"], mayRaise ? ["1", "2"] : ["0", "0"]);
    applyLimits(hand, [{ type: "RLIMIT_NOFILE", soft: 1, hard: 2 }], hand.pid);
    assert.deepEqual(limitsOf(hand.pid)["open files"], ["1", "2"]);
  });
});
