import assert from "node:assert/strict";
import { test } from "node:test";
import { joinKeyring } from "../../../src/security/keyring.ts";
import { keyPermissions } from "../../../src/sys/keyring.ts";
import { inHand } from "../../helpers/in-hand.ts";

const KEY_SPEC_SESSION_KEYRING = -3;

for (const [where, userNamespace, bit] of [
  ["in a user namespace by others", true, 0x8],
  ["without one by the user", false, 0x80000],
] as const) {
  test(`joinKeyring() makes a session keyring that can be searched ${where}`, () => {
    inHand((hand) => {
      joinKeyring(hand, `tsrun-test-${process.pid}-${bit}`, userNamespace);
      assert.equal(keyPermissions(hand, KEY_SPEC_SESSION_KEYRING) & bit, bit);
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
