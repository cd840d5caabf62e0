import assert from "node:assert/strict";
import { closeSync, openSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { rlimitTypes } from "../../../src/oci/checks/process.ts";
import { applyLimits, applyOomScoreAdj, toLimit } from "../../../src/security/limits.ts";
import { local } from "../../../src/sys/local.ts";
import { getLimit, RLIM_INFINITY } from "../../../src/sys/rlimit.ts";
import { inHand } from "../../helpers/in-hand.ts";

test("toLimit() keeps 2^64-1 as no limit and other values as they are", () => {
  assert.equal(toLimit(JSON.parse("18446744073709551615") as number), RLIM_INFINITY);
  assert.equal(toLimit(JSON.parse("9223372036854775808") as number), 2n ** 63n);
  assert.equal(toLimit(Number.MAX_SAFE_INTEGER), 2n ** 53n - 1n);
  assert.equal(toLimit(0), 0n);
});

test("applyLimits() sets soft and hard limits of a kind and leaves the others alone", () => {
  inHand((hand) => {
    const [core, stack] = ["RLIMIT_CORE", "RLIMIT_STACK"].map((name) => ({
      name,
      number: (rlimitTypes as readonly string[]).indexOf(name),
    }));
    assert.ok(core !== undefined && stack !== undefined);
    const before = getLimit(hand, stack);
    applyLimits(hand, [{ type: "RLIMIT_CORE", soft: 1000, hard: 2000 }]);
    assert.deepEqual(getLimit(hand, core), { soft: 1000n, hard: 2000n });
    assert.deepEqual(getLimit(hand, stack), before);
  });
});

test("applyLimits() numbers the kinds as the kernel does", () => {
  inHand((hand) => {
    const limits = readFileSync(`/proc/${hand.pid}/limits`, "utf8");
    const soft = (row: string): string => new RegExp(`^${row} +(\\S+)`, "m").exec(limits)?.[1] ?? "";
    const rows: Record<string, string> = {
      RLIMIT_NOFILE: "Max open files",
      RLIMIT_RTTIME: "Max realtime timeout",
      RLIMIT_MEMLOCK: "Max locked memory",
      RLIMIT_SIGPENDING: "Max pending signals",
    };
    for (const [name, row] of Object.entries(rows)) {
      const limit = getLimit(hand, { name, number: (rlimitTypes as readonly string[]).indexOf(name) }).soft;
      assert.equal(limit === RLIM_INFINITY ? "unlimited" : String(limit), soft(row), name);
    }
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

test("applyOomScoreAdj() writes the value", () => {
  inHand((hand) => {
    const path = `/proc/${hand.pid}/oom_score_adj`;
    const fd = openSync(path, "w");
    try {
      applyOomScoreAdj(local, fd, 500, false);
    } finally {
      closeSync(fd);
    }
    assert.equal(readFileSync(path, "utf8"), "500\n");
  });
});

test("applyOomScoreAdj() names the place of a value that the kernel refuses", () => {
  inHand((hand) => {
    const fd = openSync(`/proc/${hand.pid}/oom_score_adj`, "w");
    try {
      assert.throws(() => applyOomScoreAdj(local, fd, 2000, true), {
        message: "setting the OOM score adjustment",
        pointer: "/process/oomScoreAdj",
      });
    } finally {
      closeSync(fd);
    }
  });
});
