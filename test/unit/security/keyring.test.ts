import assert from "node:assert/strict";
import { test } from "node:test";
import { joinKeyring } from "../../../src/security/keyring.ts";
import type { Hand } from "../../../src/sys/stub/hand.ts";
import { inHand } from "../../helpers/in-hand.ts";

const KEY_SPEC_SESSION_KEYRING = -3;
const KEYCTL_DESCRIBE = 6;

/** The permission bits of the hand's session keyring: the fourth field of its description, in hexadecimal. */
function sessionPermissions(hand: Hand): number {
  const buffer = hand.memory.alloc(256);
  const size = hand.call({ name: "keyctl", args: [KEYCTL_DESCRIBE, KEY_SPEC_SESSION_KEYRING, buffer, 256] });
  return Number.parseInt(hand.memory.text(buffer, size).split(";")[3] ?? "", 16);
}

for (const [where, userNamespace, bit] of [
  ["in a user namespace by others", true, 0x8],
  ["without one by the user", false, 0x80000],
] as const) {
  test(`joinKeyring() makes a session keyring that can be searched ${where}`, () => {
    inHand((hand) => {
      const id = `tsrun-test-${process.pid}-${bit}`;
      joinKeyring(hand, id, userNamespace);
      assert.equal(sessionPermissions(hand) & bit, bit);
    });
  });
}

test("joinKeyring() joins the same keyring by the same id", () => {
  const serial = (): number =>
    inHand((hand) => {
      joinKeyring(hand, `tsrun-test-${process.pid}`, false);
      return hand.call({ name: "keyctl", args: [0, KEY_SPEC_SESSION_KEYRING, 0] });
    });
  inHand((hand) => {
    joinKeyring(hand, `tsrun-test-${process.pid}`, false);
    const first = hand.call({ name: "keyctl", args: [0, KEY_SPEC_SESSION_KEYRING, 0] });
    assert.equal(serial(), first);
  });
});
