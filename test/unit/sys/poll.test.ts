import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fd } from "../../../src/sys/fd.ts";
import { local } from "../../../src/sys/local.ts";
import { pipe, setNonBlocking } from "../../../src/sys/pipe.ts";
import { awaitReadable, POLLIN, POLLOUT, poll } from "../../../src/sys/poll.ts";

const POLLHUP = 0x10;
const POLLNVAL = 0x20;
const EAGAIN = 11;

function write(fd: Fd, text: string): number {
  return local.attempt({ name: "write", args: [fd.number, local.memory.string(text), text.length] });
}

test("poll() says which descriptor has something to say", () => {
  const [one, other] = [pipe(local), pipe(local)];
  const fds = [one.read, one.write, other.read, other.write];
  const events = [POLLIN, POLLOUT, POLLIN, POLLOUT];
  const ask = () =>
    poll(
      local,
      fds.map(({ number: fd }, index) => ({ fd, events: events[index] ?? 0 })),
      0,
    );
  assert.deepEqual(ask(), [0, POLLOUT, 0, POLLOUT]);
  write(other.write, "x");
  assert.deepEqual(ask(), [0, POLLOUT, POLLIN, POLLOUT]);
  for (const fd of fds) fd[Symbol.dispose]();
});

test("poll() waits no longer than its time", () => {
  const { read, write: end } = pipe(local);
  assert.deepEqual(poll(local, [{ fd: read.number, events: POLLIN }], 30), [0]);
  end[Symbol.dispose]();
  assert.deepEqual(poll(local, [{ fd: read.number, events: POLLIN }]), [POLLHUP]);
  read[Symbol.dispose]();
});

test("awaitReadable() says whether a descriptor can be read in time", () => {
  const { read, write: end } = pipe(local);
  assert.equal(awaitReadable(local, read.number, 30), false);
  write(end, "x");
  assert.equal(awaitReadable(local, read.number, 30_000), true);
  for (const fd of [read, end]) fd[Symbol.dispose]();
});

test("poll() says what is not open, and bears nothing to wait for", () => {
  assert.deepEqual(poll(local, [{ fd: 9999, events: POLLIN }], 0), [POLLNVAL]);
  assert.deepEqual(poll(local, [], 0), []);
  assert.deepEqual(poll(local, [{ fd: -1, events: POLLIN }], 0), [0]);
});

test("setNonBlocking() lets a full pipe answer at once", () => {
  const { read, write: end } = pipe(local);
  setNonBlocking(local, end.number);
  let result = 0;
  for (let count = 0; count < 100 && result >= 0; count++) result = write(end, "x".repeat(4096));
  assert.equal(result, -EAGAIN);
  for (const fd of [read, end]) fd[Symbol.dispose]();
});
