import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  acknowledgement,
  decodeAttributes,
  decodeMessages,
  encodeRequest,
  readText,
  readU32,
  text,
  u32,
} from "../../../src/sys/netlink.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytesOf = (digits: string) => new Uint8Array(Buffer.from(digits.replaceAll(" ", ""), "hex"));

test("encodeRequest() writes what netlink(7) describes", () => {
  const request = {
    type: 16,
    flags: 5,
    sequence: 7,
    header: new Uint8Array([1, 2, 3, 4]),
    attributes: [
      [3, text("v0")],
      [28, u32(9)],
    ] as const,
  };
  // Length 36: header 16, family's header 4, an attribute of 7 bytes with one of padding, one of 8.
  assert.equal(
    hex(encodeRequest(request)),
    "24000000 1000 0500 07000000 00000000 01020304 0700 0300 763000 00 0800 1c00 09000000".replaceAll(
      " ",
      "",
    ),
  );
});

test("decodeMessages() and decodeAttributes() read what encodeRequest() writes", () => {
  const attribute = fc.tuple(fc.integer({ min: 1, max: 0x3fff }), fc.uint8Array({ maxLength: 40 }));
  const request = fc.record({
    type: fc.integer({ min: 0, max: 0xffff }),
    flags: fc.integer({ min: 0, max: 0xffff }),
    sequence: fc.integer({ min: 0, max: 0xffffffff }),
    header: fc.uint8Array({ minLength: 0, maxLength: 20 }),
    attributes: fc.uniqueArray(attribute, { maxLength: 5, selector: ([type]) => type }),
  });
  fc.assert(
    fc.property(request, (asked) => {
      const [message, ...others] = decodeMessages(encodeRequest(asked));
      assert.equal(others.length, 0);
      assert.deepEqual(
        [message?.type, message?.flags, message?.sequence],
        [asked.type, asked.flags, asked.sequence],
      );
      const attributes = decodeAttributes(message?.body ?? new Uint8Array(), asked.header.length);
      assert.deepEqual([...attributes], asked.attributes);
    }),
  );
});

test("decodeMessages() splits a datagram of several messages", () => {
  const one = { flags: 0, header: new Uint8Array([9, 0, 0, 0]), attributes: [] };
  const datagram = Buffer.concat([1, 2, 3].map((type) => encodeRequest({ ...one, type, sequence: type })));
  assert.deepEqual(
    decodeMessages(datagram).map(({ type, sequence }) => [type, sequence]),
    [
      [1, 1],
      [2, 2],
      [3, 3],
    ],
  );
});

test("decodeMessages() and decodeAttributes() refuse what is cut off", () => {
  assert.throws(() => decodeMessages(bytesOf("20000000 10000000 01000000 00000000")), {
    message: "a netlink message of 32 bytes does not fit its datagram",
  });
  assert.throws(() => decodeMessages(bytesOf("00000000 10000000 01000000 00000000")), {
    message: "a netlink message of 0 bytes does not fit its datagram",
  });
  assert.throws(() => decodeAttributes(bytesOf("01020304 0900 0300 76300000"), 4), {
    message: "a netlink attribute of 9 bytes does not fit its message",
  });
});

test("acknowledgement() tells data, success and failure apart", () => {
  const message = (type: number, flags: number, body: string) =>
    acknowledgement({ type, flags, sequence: 1, body: bytesOf(body) });
  assert.equal(message(16, 0, "00000000"), undefined);
  assert.deepEqual(message(3, 2, "00000000"), { errno: 0, text: "" });
  assert.deepEqual(message(2, 0, "00000000 24000000"), { errno: 0, text: "" });
  assert.deepEqual(message(2, 0, "edffffff 24000000"), { errno: 19, text: "" });
});

test("acknowledgement() reads the kernel's words behind a request that is whole or left out", () => {
  const header = "14000000 1000 0500 01000000 00000000";
  const words = "0700 0100 6e6f00 00";
  const read = (flags: number, body: string) =>
    acknowledgement({ type: 2, flags, sequence: 1, body: bytesOf(body) });
  assert.deepEqual(read(0x200, `eaffffff ${header} 11223344 ${words}`), { errno: 22, text: "no" });
  assert.deepEqual(read(0x300, `eaffffff ${header} ${words}`), { errno: 22, text: "no" });
});

test("readU32() and readText() bear values that are short or missing", () => {
  assert.equal(readU32(undefined), 0);
  assert.equal(readU32(new Uint8Array([1, 2])), 0);
  assert.equal(readU32(u32(0xffffffff)), 0xffffffff);
  assert.equal(readText(undefined), "");
  assert.equal(readText(text("eth0")), "eth0");
  assert.equal(readText(new Uint8Array([0x61])), "a");
});
