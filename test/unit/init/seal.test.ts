import assert from "node:assert/strict";
import { readFileSync, readlinkSync } from "node:fs";
import { geteuid } from "node:process";
import { type TestContext, test } from "node:test";
import { canSeal, seal } from "../../../src/init/seal.ts";
import { readAll } from "../../../src/sys/files.ts";
import { local } from "../../../src/sys/local.ts";
import { pipe } from "../../../src/sys/pipe.ts";
import type { Hand } from "../../../src/sys/stub/hand.ts";
import { inHand } from "../../helpers/in-hand.ts";
import { skipUnless } from "../../helpers/skip.ts";

const isRoot = (t: TestContext) => skipUnless(t, geteuid?.() === 0, "root");

/** Paths of the files that a process has mapped. */
function mappedFiles(pid: number): string[] {
  const lines = readFileSync(`/proc/${pid}/maps`, "utf8").trim().split("\n");
  return [...new Set(lines.map((line) => line.split(/\s+/)[5] ?? ""))].filter((path) => path.startsWith("/"));
}

function assertSealed(hand: Hand): void {
  assert.equal(readlinkSync(`/proc/${hand.pid}/exe`), "/memfd:tsrun (deleted)");
  assert.deepEqual(
    mappedFiles(hand.pid).filter((path) => !path.startsWith("/dev/zero")),
    [],
  );
  assert.equal(readFileSync(`/proc/${hand.pid}/cmdline`, "utf8"), "", "nothing of the runtime's arguments");
}

test("seal() leaves nothing of this process's executable in the hand, which goes on", (t) => {
  if (!isRoot(t)) return;
  inHand((hand) => {
    assert.equal(seal(hand), true);
    assertSealed(hand);
    assert.equal(hand.call({ name: "getpid", args: [] }), hand.pid);
  });
});

test("seal() holds for what the hand forks", (t) => {
  if (!isRoot(t)) return;
  inHand((hand) => {
    assert.equal(seal(hand), true);
    const child = hand.fork(0);
    assertSealed(child);
    assert.equal(child.call({ name: "getpid", args: [] }), child.pid);
    child.destroy();
  });
});

test("seal() leaves a hand that can execute a program", (t) => {
  if (!isRoot(t)) return;
  const { read, write } = pipe(local);
  using from = read;
  inHand((hand) => {
    assert.equal(seal(hand), true);
    hand.queue({ name: "dup3", args: [write.number, 1, 0] });
    hand.beginLast(2);
    const { memory } = hand;
    const args = [memory.string("/bin/sh"), memory.strings(["sh", "-c", "echo alive"]), memory.strings([])];
    hand.queue({ name: "execve", args });
    hand.release();
    write[Symbol.dispose]();
    assert.equal(Buffer.from(readAll(local, from.number, 100)).toString(), "alive\n");
  });
});

test("seal() says it where the kernel refuses", (t) => {
  if (!isRoot(t)) return;
  inHand((hand) => {
    // Without CAP_SYS_ADMIN and CAP_CHECKPOINT_RESTORE.
    hand.queue({ name: "setresuid", args: [65_534, 65_534, 65_534] });
    assert.equal(seal(hand), false);
    assert.equal(hand.call({ name: "getpid", args: [] }), hand.pid);
  });
});

test("canSeal() knows what seal() will find", (t) => {
  if (!isRoot(t)) return;
  inHand((hand) => assert.equal(canSeal(local), seal(hand)));
});
