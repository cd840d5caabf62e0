import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { pid } from "node:process";
import { test } from "node:test";
import { setLogSink } from "../../../../src/base/log.ts";
import type { Call, Executor } from "../../../../src/sys/executor.ts";
import type { Fd } from "../../../../src/sys/fd.ts";
import { AT_FDCWD, O_DIRECTORY, O_PATH, openat, readAll } from "../../../../src/sys/files.ts";
import { local } from "../../../../src/sys/local.ts";
import { CLONE_PARENT } from "../../../../src/sys/namespaces.ts";
import { numberOf } from "../../../../src/sys/numbers.ts";
import { pipe } from "../../../../src/sys/pipe.ts";
import { record } from "../../../../src/sys/stub/protocol.ts";
import { SyscallError } from "../../../../src/sys/syscall-error.ts";
import { cloneHand, inHand } from "../../../helpers/in-hand.ts";
import { until } from "../../../helpers/wait.ts";

const BATCH = 512;
const badClose: Call = { name: "close", args: [-1], subject: "nothing" };

const mkdir = (k: Executor, path: string): Call => ({
  name: "mkdirat",
  args: [AT_FDCWD, k.memory.string(path), 0o755],
  subject: path,
});

/** What comes out of a pipe until its end. */
function textOf(file: Fd): string {
  return Buffer.from(readAll(local, file.number, 1 << 16)).toString();
}

/** What a reader of an error sees of it and of what caused it. */
function failureOf(action: () => void): { message: string; pointer: string | undefined; cause: unknown } {
  try {
    action();
  } catch (error) {
    const { message, pointer, cause } = error as Error & { pointer?: string };
    return { message, pointer, cause };
  }
  throw new Error("nothing failed");
}

test("Hand is a child of this process that carries out calls there", () => {
  inHand((hand) => {
    assert.equal(hand.call({ name: "getpid", args: [] }), hand.pid);
    assert.equal(hand.call({ name: "getppid", args: [] }), pid);
    assert.notEqual(hand.pid, pid);
  });
});

test("Hand.attempt() returns the negated errno and goes on", () => {
  inHand((hand) => {
    assert.equal(hand.attempt(badClose), -9);
    assert.equal(hand.call({ name: "getpid", args: [] }), hand.pid);
  });
});

test("Hand.call() throws the call, its errno and its subject", () => {
  inHand((hand) => {
    assert.throws(
      () => hand.call(badClose),
      (error) =>
        error instanceof SyscallError &&
        error.syscall === "close" &&
        error.code === "EBADF" &&
        error.message === "close nothing: bad file descriptor",
    );
  });
});

test("Hand.flush() throws a queued failure as the step it was queued in", () => {
  inHand((hand) => {
    hand.queue({ name: "getpid", args: [] });
    hand.within("closing nothing", "/some/place", () => hand.queue(badClose));
    hand.within("asking again", "/another/place", () => hand.queue({ name: "getpid", args: [] }));
    const { message, pointer, cause } = failureOf(() => hand.flush());
    assert.equal(message, "closing nothing");
    assert.equal(pointer, "/some/place");
    assert.ok(cause instanceof SyscallError && cause.code === "EBADF");
  });
});

test("Hand.call() throws a failure that was queued before it", () => {
  inHand((hand) => {
    hand.within("closing nothing", undefined, () => hand.queue(badClose));
    assert.throws(() => hand.call({ name: "getpid", args: [] }), { message: "closing nothing" });
  });
});

test("Hand carries out nothing behind a failure", () => {
  inHand((hand) => {
    hand.queue(badClose);
    hand.queue({ name: "umask", args: [0o123] });
    assert.throws(() => hand.flush());
    assert.notEqual(hand.call({ name: "umask", args: [0] }), 0o123);
  });
});

test("Hand carries out nothing behind a failure in what it was handed over early", () => {
  inHand((hand) => {
    hand.queue(badClose);
    // More than are handed over at once: the last ones are still here when the failure is.
    for (let count = 0; count < 20; count++) hand.queue({ name: "umask", args: [0o123] });
    assert.throws(() => hand.flush(), { message: "close nothing: bad file descriptor" });
    hand.flush();
    assert.notEqual(hand.call({ name: "umask", args: [0] }), 0o123);
  });
});

test("Hand goes on behind the failure of an optional call", () => {
  inHand((hand) => {
    hand.queue({ ...badClose, optional: true });
    hand.queue({ name: "umask", args: [0o123] });
    hand.flush();
    assert.equal(hand.call({ name: "umask", args: [0] }), 0o123);
  });
});

test("Hand.open() stands for a descriptor before its number is known", () => {
  inHand((hand) => {
    using directory = openat(hand, AT_FDCWD, "/proc/self", O_PATH | O_DIRECTORY);
    using stat = openat(hand, directory.number, "stat", 0);
    assert.ok(stat.number > 2 ** 50);
    assert.match(Buffer.from(readAll(hand, stat.number, 4096)).toString(), new RegExp(`^${hand.pid} `));
    assert.ok(hand.numberOf(stat.number) < 1024);
  });
});

test("Hand.open() surfaces a failure as that of its step", () => {
  inHand((hand) => {
    hand.within("opening what is missing", "/a", () => openat(hand, AT_FDCWD, "/nonexistent", 0));
    const { message, cause } = failureOf(() => hand.flush());
    assert.equal(message, "opening what is missing");
    assert.equal((cause as Error).message, 'openat "/nonexistent": no such file or directory');
  });
});

test("Hand takes an unknown descriptor in the first three arguments only", () => {
  inHand((hand) => {
    using file = openat(hand, AT_FDCWD, "/", O_PATH);
    assert.throws(() => hand.queue({ name: "getpid", args: [0, 0, 0, file.number] }), /first three/);
  });
});

test("Hand.open() works for more descriptors than there are slots", () => {
  inHand((hand) => {
    const files = Array.from({ length: 300 }, () => openat(hand, AT_FDCWD, "/", O_PATH));
    const numbers = files.map((file) => hand.numberOf(file.number));
    assert.equal(new Set(numbers).size, files.length);
    for (const file of files) file[Symbol.dispose]();
    hand.flush();
    assert.equal(hand.attempt({ name: "close", args: [numbers[299] ?? 0] }), -9);
  });
});

test("Hand queues more records than a batch holds, each with its own strings", () => {
  const { read, write } = pipe(local);
  using from = read;
  // Longer ones behind: they would reach over what is taken back too early.
  const texts = Array.from({ length: 2 * BATCH + 10 }, (_, index) =>
    String.fromCharCode(65 + (index % 26)).repeat(index < BATCH ? 1 : 20),
  );
  inHand((hand) => {
    for (const text of texts) {
      hand.queue({ name: "write", args: [write.number, hand.memory.string(text), text.length] });
    }
    hand.flush();
  });
  write[Symbol.dispose]();
  assert.equal(textOf(from), texts.join(""));
});

test("Hand.attemptAll() gives each of more calls than a batch holds its own result", () => {
  inHand((hand) => {
    const calls = Array.from({ length: 2 * BATCH + 3 }, (_, index): Call => {
      return index % 2 === 0 ? { name: "getpid", args: [] } : mkdir(hand, index % 3 === 0 ? "/" : "/a/b/c");
    });
    const wanted = calls.map((_, index) => (index % 2 === 0 ? hand.pid : index % 3 === 0 ? -17 : -2));
    assert.deepEqual(hand.attemptAll(calls), wanted);
  });
});

test("Hand.attemptAll() hands a stored result to later calls, and nothing where it failed", () => {
  inHand((hand) => {
    const close = (slot: number): Call => ({ name: "close", args: [slot] });
    const open = (path: string, slot: number): Call => {
      return { name: "openat", args: [AT_FDCWD, hand.memory.string(path), 0], store: slot };
    };
    const first = hand.newSlot();
    const [fd = -1, ...closings] = hand.attemptAll([open("/", first), close(first), close(first)]);
    assert.ok(fd >= 3);
    assert.deepEqual(closings, [0, -9]);
    hand.freeSlot(first);
    const second = hand.newSlot();
    assert.deepEqual(hand.attemptAll([open("/nonexistent", second), close(second)]), [-2, -9]);
    hand.freeSlot(second);
  });
});

test("Hand.fork() makes a second hand, whose parent is the first", () => {
  inHand((hand) => {
    const child = hand.fork(0);
    assert.equal(child.call({ name: "getppid", args: [] }), hand.pid);
    assert.equal(child.call({ name: "getpid", args: [] }), child.pid);
    assert.equal(hand.call({ name: "getpid", args: [] }), hand.pid);
    child.destroy();
  });
});

test("Hand.fork() with CLONE_PARENT makes a sibling", () => {
  inHand((hand) => {
    const child = hand.fork(CLONE_PARENT);
    assert.equal(child.call({ name: "getppid", args: [] }), pid);
    child.destroy();
    assert.equal(hand.call({ name: "getpid", args: [] }), hand.pid);
  });
});

test("Hand says during which step its process was killed", () => {
  const hand = cloneHand();
  process.kill(hand.pid, "SIGKILL");
  until("the hand to die", () => hand.exited());
  assert.throws(
    () => hand.within("asking a dead process", undefined, () => hand.call({ name: "getpid", args: [] })),
    /container init was killed while asking a dead process/,
  );
  hand.destroy();
});

test("Hand.destroy() reaps the process, once", () => {
  const hand = cloneHand();
  hand.destroy();
  hand.destroy();
  assert.throws(() => process.kill(hand.pid, 0), { code: "ESRCH" });
});

test("Hand.release() runs the last batch up to execve without the parent", () => {
  const { read, write } = pipe(local);
  using from = read;
  const hand = cloneHand();
  hand.queue({ name: "dup3", args: [write.number, 1, 0] });
  hand.beginLast(2);
  const { memory } = hand;
  const path = memory.string("/bin/sh");
  const argv = memory.strings(["sh", "-c", 'echo "$VALUE $$"']);
  hand.queue({ name: "execve", args: [path, argv, memory.strings(["VALUE=text"])] });
  hand.release();
  write[Symbol.dispose]();
  assert.equal(textOf(from), `text ${hand.pid}\n`);
  assert.equal(hand.reap(), 0);
});

test("Hand.release() reports the failed record with its stage, and the hand exits", () => {
  const { read, write } = pipe(local);
  using from = read;
  const hand = cloneHand();
  hand.beginLast(write.number);
  hand.stage = 3;
  hand.queue({ name: "getpid", args: [] });
  hand.stage = 5;
  hand.queue({ name: "execve", args: [hand.memory.string("/nonexistent"), 0, 0] });
  hand.queue({ name: "getpid", args: [] });
  hand.release();
  write[Symbol.dispose]();
  const report = Buffer.from(readAll(local, from.number, 1000));
  assert.equal(report.length, record.size);
  assert.equal(report.readUInt32LE(record.nr), numberOf("execve"));
  assert.equal(report.readBigInt64LE(record.result), -2n);
  assert.equal(report.readUInt32LE(record.extra), 5);
  assert.equal(hand.reap(), 1);
});

test("Hand refuses a last batch that is longer than a batch", () => {
  inHand((hand) => {
    hand.beginLast(2);
    for (let count = 0; count < BATCH; count++) hand.queue({ name: "getpid", args: [] });
    assert.throws(() => hand.queue({ name: "getpid", args: [] }), /more than 512 records/);
  });
});

test("Hand.clone() makes the namespaces asked for", () => {
  const CLONE_NEWUSER = 0x10000000;
  const hand = cloneHand(CLONE_NEWUSER);
  try {
    assert.equal(readFileSync(`/proc/${hand.pid}/uid_map`, "utf8"), "");
  } finally {
    hand.destroy();
  }
});

test("Hand.clone() throws what the kernel answers", () => {
  const CLONE_SIGHAND_ALONE = 0x800;
  assert.throws(
    () => cloneHand(CLONE_SIGHAND_ALONE),
    (error) => error instanceof SyscallError && error.syscall === "clone3" && error.code === "EINVAL",
  );
});

test("Hand logs each record with its result, the last batch as it is handed over", () => {
  const lines: string[] = [];
  const before = setLogSink((_, message) => lines.push(message));
  try {
    inHand((hand) => {
      using directory = openat(hand, AT_FDCWD, "/", O_PATH);
      hand.queue({ name: "fchdir", args: [directory.number] });
      hand.attempt(badClose);
      hand.beginLast(2);
      hand.queue({ name: "getpid", args: [1, 2] });
      hand.release();
      const texts = lines.map((line) => line.replace(`init ${hand.pid}: `, "").replace(/= \d+$/, "= N"));
      assert.deepEqual(texts, [
        "prctl(PR_SET_PDEATHSIG) = N",
        'openat("/") = N',
        "fchdir(fd) = N",
        "close(nothing) = -9",
        "last batch: getpid(1, 2)",
      ]);
    });
  } finally {
    setLogSink(before);
  }
});

test("awaitResult() tells what a call of the last batch returned while the hand goes on", () => {
  const gate = pipe(local);
  const report = pipe(local);
  inHand((hand) => {
    hand.beginLast(report.write.number);
    const opened = hand.queueAwaited({ name: "fcntl", args: [gate.read.number, 0, 0] });
    hand.queue({ name: "read", args: [gate.read.number, hand.memory.alloc(8), 1] });
    hand.release();
    const descriptor = hand.awaitResult(opened);
    assert.ok(descriptor !== undefined && descriptor > gate.read.number);
    assert.equal(hand.exited(), false);
  });
});

test("awaitResult() tells the errno of a call that failed, and of none where the hand ended before", () => {
  const report = pipe(local);
  inHand((hand) => {
    hand.beginLast(report.write.number);
    const failed = hand.queueAwaited(badClose);
    const never = hand.queueAwaited({ name: "getpid", args: [] });
    hand.release();
    assert.equal(hand.awaitResult(failed), -9);
    assert.equal(hand.awaitResult(never), undefined);
  });
});
