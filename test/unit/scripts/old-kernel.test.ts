import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { numbers } from "../../../src/sys/numbers.ts";
import { buildOldKernel } from "../../helpers/old-kernel/wrapper.ts";
import { skipUnless } from "../../helpers/skip.ts";

test("old-kernel filters what it executes, and setuid programs keep working", (t) => {
  if (!skipUnless(t, process.geteuid?.() === 0, "root")) return;
  const { stdout } = spawnSync(buildOldKernel(), ["/bin/cat", "/proc/self/status"], { encoding: "utf8" });
  assert.match(stdout, /^Seccomp:\t2$/m);
  assert.match(stdout, /^NoNewPrivs:\t0$/m);
});

test("old-kernel hides what tsrun has substitutes for, by numbers that all architectures share", () => {
  const hidden = [
    "open_tree",
    "fspick",
    "clone3",
    "close_range",
    "openat2",
    "faccessat2",
    "mount_setattr",
  ] as const;
  const kept = ["pidfd_send_signal", "pidfd_open"] as const;
  const isHidden = ([number, other]: readonly [number, number]) => {
    assert.equal(number, other);
    return number >= 435 || (number >= 428 && number <= 433);
  };
  assert.deepEqual(
    hidden.filter((name) => !isHidden(numbers[name])),
    [],
  );
  assert.deepEqual(
    kept.filter((name) => isHidden(numbers[name])),
    [],
  );
});

test("old-kernel says what it cannot execute", (t) => {
  if (!skipUnless(t, process.geteuid?.() === 0, "root")) return;
  const { status, stderr } = spawnSync(buildOldKernel(), ["/nonexistent"], { encoding: "utf8" });
  assert.deepEqual([status, stderr], [1, "/nonexistent: No such file or directory\n"]);
});
