import assert from "node:assert/strict";
import { getuid } from "node:process";
import { test } from "node:test";
import { cloneFlags } from "../../../src/sys/namespaces.ts";
import { bringUp } from "../../../src/sys/network.ts";
import { Hand } from "../../../src/sys/stub/hand.ts";
import { HandMemory } from "../../../src/sys/stub/hand-memory.ts";
import { skipUnless } from "../../helpers/skip.ts";

const SIOCGIFFLAGS = 0x8913;
const IFF_UP = 1;

/** Runs `action` with a process in a network namespace of its own. */
function inNetwork(action: (hand: Hand) => void): void {
  const hand = Hand.clone(new HandMemory(1 << 16), { namespaces: cloneFlags.network });
  try {
    action(hand);
  } finally {
    hand.destroy();
  }
}

function isUp(k: Hand, name: string): boolean {
  const socket = k.call({ name: "socket", args: [1, 2, 0] });
  const request = k.memory.data(new TextEncoder().encode(name.padEnd(40, "\0")));
  k.call({ name: "ioctl", args: [socket, SIOCGIFFLAGS, request] });
  return (k.memory.getU32(request + 16) & IFF_UP) !== 0;
}

test("bringUp() brings an interface up", (t) => {
  if (!skipUnless(t, getuid?.() === 0, "root")) return;
  inNetwork((hand) => {
    assert.ok(!isUp(hand, "lo"));
    bringUp(hand, "lo");
    assert.ok(isUp(hand, "lo"));
  });
});

test("bringUp() names the interface that is missing", (t) => {
  if (!skipUnless(t, getuid?.() === 0, "root")) return;
  inNetwork((hand) => {
    bringUp(hand, "eth7");
    assert.throws(() => hand.flush(), { message: /^ioctl SIOCSIFFLAGS eth7 up: no such device$/ });
  });
});
