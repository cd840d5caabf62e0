import assert from "node:assert/strict";
import { fstatSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { local } from "../../../src/sys/local.ts";
import {
  bindDatagrams,
  connectDatagrams,
  connectUnix,
  receiveDatagram,
  receiveDescriptor,
  sendDatagram,
  sendDescriptor,
  socketPair,
} from "../../../src/sys/socket.ts";
import { SyscallError } from "../../../src/sys/syscall-error.ts";
import { DescriptorReceiver } from "../../helpers/descriptor-receiver.ts";

function withDirectory(body: (directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), "tsrun-unit-"));
  try {
    body(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const failsWith = (code: string) => (error: unknown) => error instanceof SyscallError && error.code === code;

test("receiveDescriptor() takes the open file and the text that sendDescriptor() has sent", () => {
  const [left, right] = socketPair(local);
  using _left = left;
  using _right = right;
  sendDescriptor(local, left.number, 0, "/dev/pts/7");
  const { descriptor, payload } = receiveDescriptor(local, right.number);
  using received = descriptor;
  assert.equal(payload, "/dev/pts/7");
  assert.notEqual(received.number, 0);
  assert.equal(fstatSync(received.number).ino, fstatSync(0).ino);
});

test("receiveDescriptor() does not wait", () => {
  const [left, right] = socketPair(local);
  using _left = left;
  using _right = right;
  assert.throws(() => receiveDescriptor(local, right.number), failsWith("EAGAIN"));
});

test("receiveDescriptor() refuses a message without a descriptor", () => {
  const [left, right] = socketPair(local);
  using _left = left;
  using _right = right;
  local.call({ name: "write", args: [left.number, local.memory.string("x"), 1] });
  assert.throws(() => receiveDescriptor(local, right.number), /without a descriptor/);
});

test("sendDescriptor() fails with EPIPE when the receiver is gone", () => {
  const [left, right] = socketPair(local);
  using _left = left;
  right[Symbol.dispose]();
  assert.throws(() => sendDescriptor(local, left.number, 0, "x"), failsWith("EPIPE"));
});

test("connectUnix() names a socket that is not there", () => {
  assert.throws(
    () => connectUnix(local, "/nonexistent/socket", 1),
    /connect "\/nonexistent\/socket": no such file/,
  );
});

test("connectUnix() gives up after its time when nobody accepts", () => {
  withDirectory((directory) => {
    using receiver = new DescriptorReceiver(join(directory, "s"), 0);
    using _first = connectUnix(local, receiver.path, 1);
    assert.throws(() => connectUnix(local, receiver.path, 1), failsWith("EAGAIN"));
  });
});

test("connectUnix() reaches a path that is too long for a socket's address", () => {
  withDirectory((directory) => {
    const deep = join(directory, "d".repeat(120));
    mkdirSync(deep);
    const before = process.cwd();
    process.chdir(deep);
    try {
      using receiver = new DescriptorReceiver("s");
      using socket = connectUnix(local, join(deep, "s"), 1);
      sendDescriptor(local, socket.number, 0, "far");
      const { descriptor, payload } = receiver.receive();
      descriptor[Symbol.dispose]();
      assert.equal(payload, "far");
    } finally {
      process.chdir(before);
    }
  });
});

for (const [kind, pathIn] of [
  ["at a path", (directory: string) => join(directory, "socket")],
  [
    "at a path that sockaddr_un can't hold",
    (directory: string) => join(directory, "d".repeat(120), "socket"),
  ],
  ["in the abstract namespace", (directory: string) => `@${directory}`],
] as const) {
  test(`sendDatagram() sends what receiveDatagram() takes ${kind}, a message each`, () => {
    withDirectory((directory) => {
      mkdirSync(join(directory, "d".repeat(120)));
      const path = pathIn(directory);
      using receiver = bindDatagrams(local, path);
      using sender = connectDatagrams(local, path, 1);
      sendDatagram(local, sender.number, "one\ntwo");
      sendDatagram(local, sender.number, "three");
      assert.equal(receiveDatagram(local, receiver.number), "one\ntwo");
      assert.equal(receiveDatagram(local, receiver.number), "three");
      assert.equal(receiveDatagram(local, receiver.number), undefined);
    });
  });
}

test("sendDatagram() gives up on a receiver that does not read", () => {
  withDirectory((directory) => {
    const path = join(directory, "socket");
    using _receiver = bindDatagrams(local, path);
    using sender = connectDatagrams(local, path, 1);
    assert.throws(() => {
      for (let count = 0; count < 10_000; count++) sendDatagram(local, sender.number, "x");
    }, failsWith("EAGAIN"));
  });
});

test("sendDatagram() fails with ECONNREFUSED when the receiver is gone", () => {
  withDirectory((directory) => {
    const path = join(directory, "socket");
    const receiver = bindDatagrams(local, path);
    using sender = connectDatagrams(local, path, 1);
    receiver[Symbol.dispose]();
    assert.throws(() => sendDatagram(local, sender.number, "x"), failsWith("ECONNREFUSED"));
  });
});

test("bindDatagrams() names a place that is taken", () => {
  withDirectory((directory) => {
    const path = join(directory, "socket");
    using _first = bindDatagrams(local, path);
    assert.throws(() => bindDatagrams(local, path), /bind ".*\/socket": address already in use/);
  });
});
