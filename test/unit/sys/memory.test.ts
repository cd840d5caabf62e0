import assert from "node:assert/strict";
import { test } from "node:test";
import { local } from "../../../src/sys/local.ts";
import { Memory } from "../../../src/sys/memory.ts";

const PAGE = 4096;

test("Memory.alloc() gives zeroed space at multiples of 8", () => {
  const memory = new Memory(PAGE);
  const first = memory.alloc(3);
  memory.bytes.fill(0xff, 0, 64);
  memory.recycle();
  assert.equal(memory.alloc(3), first);
  const second = memory.alloc(9);
  assert.equal(second, first + 8);
  assert.deepEqual(memory.read(second, 16), new Uint8Array(16));
});

test("Memory.alloc() says how large the memory is that does not do", () => {
  const memory = new Memory(PAGE);
  memory.alloc(PAGE - 8);
  assert.throws(() => memory.alloc(9), { message: "shared memory of 4096 bytes is exhausted" });
  memory.alloc(8);
  assert.throws(() => memory.alloc(1), /exhausted/);
});

test("Memory.keep() takes from the other end and is left alone by recycle()", () => {
  const memory = new Memory(PAGE);
  const kept = memory.keep(5);
  assert.equal(kept % 8, 0);
  memory.bytes.fill(7, memory.offset(kept), memory.offset(kept) + 5);
  memory.recycle();
  const scratch = memory.alloc(memory.offset(kept));
  assert.equal(scratch, memory.address);
  assert.deepEqual(memory.read(kept, 5), new Uint8Array(5).fill(7));
  assert.throws(() => memory.keep(1), /exhausted/);
});

test("Memory.keep() aligns as asked", () => {
  const memory = new Memory(4 * PAGE);
  memory.keep(1);
  assert.equal(memory.keep(PAGE, PAGE) % PAGE, 0);
});

test("Memory.pin() makes what has been allocated stay", () => {
  const memory = new Memory(PAGE);
  const pinned = memory.string("pinned");
  memory.pin();
  memory.string("scratch");
  memory.recycle();
  assert.notEqual(memory.string("other"), pinned);
  assert.equal(memory.text(pinned, 6), "pinned");
});

test("Memory.string() writes UTF-8 with a NUL behind it", () => {
  const memory = new Memory(PAGE);
  const address = memory.string("äö€😀");
  assert.equal(memory.text(address, 11), "äö€😀");
  assert.equal(memory.read(address + 11, 1)[0], 0);
});

test("Memory.string() refuses a NUL: the kernel would see another text", () => {
  const memory = new Memory(PAGE);
  assert.throws(() => memory.string("/etc\0/passwd"), {
    message: '"/etc\\u0000/passwd" contains a NUL byte',
  });
  assert.throws(() => memory.strings(["fine", "not\0fine"]), /contains a NUL byte/);
});

test("Memory.strings() ends its pointers with NULL", () => {
  const memory = new Memory(PAGE);
  const array = memory.strings(["one", "", "three"]);
  const pointers = [0, 1, 2, 3].map((index) => Number(memory.getU64(array + 8 * index)));
  assert.equal(pointers[3], 0);
  assert.deepEqual(
    pointers.slice(0, 3).map((pointer, index) => memory.text(pointer, [3, 0, 5][index] ?? 0)),
    ["one", "", "three"],
  );
});

test("Memory holds 2 MB of strings", () => {
  const memory = new Memory(1 << 22);
  const texts = Array.from({ length: 2048 }, (_, index) => `${index}=`.padEnd(1023, "x"));
  const array = memory.strings(texts);
  const last = Number(memory.getU64(array + 8 * 2047));
  assert.equal(memory.text(last, 1023), texts[2047]);
});

for (const value of [0, 1, 0xffff_ffff, 2 ** 32, 2 ** 47 - 1, 2 ** 53 - 1, -1, -100, -(2 ** 31)]) {
  test(`Memory.setAddress() stores ${value} as 64 bits`, () => {
    const memory = new Memory(PAGE);
    const address = memory.alloc(8);
    memory.setAddress(address, value);
    assert.equal(BigInt.asIntN(64, memory.getU64(address)), BigInt(value));
  });
}

test("Memory reads back what it stores in 32 and 64 bits", () => {
  const memory = new Memory(PAGE);
  const address = memory.alloc(16);
  memory.setU32(address, 0xfffffffe);
  assert.deepEqual([memory.getU32(address), memory.getI32(address)], [0xfffffffe, -2]);
  memory.setU64(address + 8, 2n ** 64n - 1n);
  assert.equal(memory.getU64(address + 8), 2n ** 64n - 1n);
});

test("Memory.data() copies bytes with NULs in them", () => {
  const memory = new Memory(PAGE);
  const data = Uint8Array.of(1, 0, 2);
  assert.deepEqual(memory.read(memory.data(data), 3), data);
});

test("Memory fails as mmap(2) where the size is impossible", () => {
  assert.throws(() => new Memory(2 ** 50), /mmap 1125899906842624 bytes: cannot allocate memory/);
});

test("Memory.unmap() gives the addresses back", () => {
  const EFAULT = 14;
  const memory = new Memory(PAGE);
  const path = memory.string("/");
  memory.unmap();
  assert.equal(local.attempt({ name: "mkdirat", args: [-100, path, 0] }), -EFAULT);
});

test("Memory.setAddress() stores what is negative, too", () => {
  const memory = new Memory(PAGE);
  const address = memory.alloc(8);
  for (const value of [-1, -(2 ** 31) - 1, -(2 ** 32), -(2 ** 32) - 7, -(2 ** 46) + 3]) {
    memory.setAddress(address, value);
    assert.equal(memory.getAddress(address), value);
    assert.equal(memory.getU64(address), BigInt.asUintN(64, BigInt(value)));
  }
});

test("Memory.string() writes no end of an empty text behind what is full", () => {
  const memory = new Memory(PAGE);
  const kept = memory.keep(8);
  memory.setAddress(kept, -1);
  memory.space(PAGE - 8);
  assert.throws(() => memory.string(""), { message: `shared memory of ${PAGE} bytes is exhausted` });
  assert.equal(memory.getAddress(kept), -1);
});
