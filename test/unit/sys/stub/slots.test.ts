import assert from "node:assert/strict";
import { test } from "node:test";
import { Memory } from "../../../../src/sys/memory.ts";
import { isSlot } from "../../../../src/sys/slots.ts";
import { Slots } from "../../../../src/sys/stub/slots.ts";

const PAGE = 4096;

test("isSlot() tells a slot from a descriptor, an address and a negative number", () => {
  const slot = new Slots(new Memory(PAGE)).take() ?? 0;
  assert.equal(isSlot(slot), true);
  for (const other of [-100, 0, 3, 2 ** 47 - 1, 2 ** 53]) assert.equal(isSlot(other), false, String(other));
});

test("Slots gives each slot a place of its own", () => {
  const memory = new Memory(PAGE);
  const slots = new Slots(memory);
  const taken: number[] = [];
  for (let slot = slots.take(); slot !== undefined; slot = slots.take()) taken.push(slot);
  const addresses = taken.map((slot) => slots.address(slot));
  assert.equal(new Set(addresses).size, taken.length);
  for (const address of addresses) {
    assert.equal(address % 8, 0);
    assert.ok(address >= memory.address && address + 8 <= memory.address + PAGE);
  }
});

test("Slots gives a released slot out again only once its records are carried out", () => {
  const slots = new Slots(new Memory(PAGE));
  let last = slots.take();
  for (let next = slots.take(); next !== undefined; next = slots.take()) last = next;
  slots.release(last ?? 0);
  assert.equal(slots.take(), undefined);
  slots.reclaim();
  assert.equal(slots.take(), last);
});
