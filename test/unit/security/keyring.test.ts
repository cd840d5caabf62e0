import assert from "node:assert/strict";
import { test } from "node:test";
import { setLogSink } from "../../../src/base/log.ts";
import { errorText } from "../../../src/cli/error-text.ts";
import { writeIdMaps } from "../../../src/namespaces/id-maps.ts";
import { compileSeccomp } from "../../../src/seccomp/compile.ts";
import { installSeccomp } from "../../../src/seccomp/install.ts";
import { joinKeyring } from "../../../src/security/keyring.ts";
import { cloneFlags } from "../../../src/sys/namespaces.ts";
import { setNoNewPrivileges } from "../../../src/sys/prctl.ts";
import type { Hand } from "../../../src/sys/stub/hand.ts";
import { inHand } from "../../helpers/in-hand.ts";
import { skipUnless } from "../../helpers/skip.ts";

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

/** Has the kernel answer every keyctl(2) of the hand with an errno. */
function refuseKeyctl(hand: Hand, errno: number): void {
  const rule = { names: ["keyctl"], action: "SCMP_ACT_ERRNO", errnoRet: errno } as const;
  const filter = compileSeccomp(
    { defaultAction: "SCMP_ACT_ALLOW", syscalls: [rule] },
    process.arch as "x64" | "arm64",
  );
  setNoNewPrivileges(hand);
  installSeccomp(hand, filter);
}

function lineOf(action: () => void): string {
  try {
    action();
  } catch (error) {
    return errorText(error);
  }
  throw new Error("nothing was thrown");
}

test("joinKeyring() warns of a kernel that has no keyrings", () => {
  const warnings: string[] = [];
  const previous = setLogSink((level, message) => {
    if (level === "warning") warnings.push(message);
  });
  try {
    inHand((hand) => {
      refuseKeyctl(hand, 38);
      joinKeyring(hand, "tsrun-test", false);
    });
  } finally {
    setLogSink(previous);
  }
  assert.deepEqual(warnings, [
    "the kernel has no keyrings: the container gets no session keyring of its own",
  ]);
});

test("joinKeyring() fails where it may not join: the caller's keys would stay reachable", () => {
  inHand((hand) => {
    refuseKeyctl(hand, 1);
    const line = lineOf(() => joinKeyring(hand, "tsrun-test", false));
    assert.match(
      line,
      /^unable to join session keyring: keyctl .*"_ses\.tsrun-test": operation not permitted; /,
    );
    assert.match(line, /--no-new-keyring/);
  });
});

test("joinKeyring() says which limits hold up a user that has too many keys", (t) => {
  if (!skipUnless(t, process.geteuid?.() === 0, "root")) return;
  inHand((hand) => {
    const map = [{ containerID: 0, hostID: 54321, size: 1 }];
    writeIdMaps(hand.pid, map, map);
    hand.call({ name: "setresuid", args: [0, 0, 0] });
    useUpKeys(hand);
    const line = lineOf(() => joinKeyring(hand, "tsrun-test", true));
    assert.match(line, /^unable to join session keyring: .*disk quota exceeded; .*keys\/maxkeys/);
  }, cloneFlags.user);
});

/** Makes session keyrings and keeps each in the process's own keyring, until the user may make no more. */
function useUpKeys(hand: Hand): void {
  const [joinSession, link, processKeyring] = [1, 8, -2];
  for (let count = 0; count < 10_000; count++) {
    const name = hand.memory.string(`tsrun-test-${count}`);
    if (hand.attempt({ name: "keyctl", args: [joinSession, name] }) < 0) return;
    hand.call({ name: "keyctl", args: [link, KEY_SPEC_SESSION_KEYRING, processKeyring] });
  }
  throw new Error("the user may make any number of keys");
}
