import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { giveStandardStreams, takeUser } from "../../../src/security/user.ts";
import { AT_FDCWD, dupOnto, O_RDONLY, openat } from "../../../src/sys/files.ts";
import { inHand, statusOf } from "../../helpers/in-hand.ts";
import { skipUnless } from "../../helpers/skip.ts";

const directory = mkdtempSync(join(tmpdir(), "tsrun-user-"));
after(() => rmSync(directory, { recursive: true }));

const isRoot = process.getuid?.() === 0;

test("takeUser() takes the ids as they are and keeps permitted capabilities", (t) => {
  if (!skipUnless(t, isRoot, "root")) return;
  inHand((hand) => {
    const before = statusOf(hand.pid);
    takeUser(hand, { uid: 1000, gid: 2000, additionalGids: [3000, 4_000_000_000], umask: 0o27 }, true);
    hand.flush();
    const status = statusOf(hand.pid);
    assert.equal(status["Uid"], "1000\t1000\t1000\t1000");
    assert.equal(status["Gid"], "2000\t2000\t2000\t2000");
    assert.equal(status["Groups"]?.trim(), "3000 4000000000");
    assert.equal(status["Umask"], "0027");
    assert.equal(status["CapPrm"], before["CapPrm"]);
    assert.equal(status["CapEff"], "0".repeat(16));
  });
});

test("takeUser() is root without groups and with the usual umask where nothing is said", (t) => {
  if (!skipUnless(t, isRoot, "root")) return;
  inHand((hand) => {
    hand.call({ name: "umask", args: [0o077] });
    takeUser(hand, undefined, true);
    hand.flush();
    const status = statusOf(hand.pid);
    assert.equal(status["Uid"], "0\t0\t0\t0");
    assert.equal(status["Groups"]?.trim(), "");
    assert.equal(status["Umask"], "0022");
  });
});

test("takeUser() leaves the groups alone where they can't be set", (t) => {
  if (!skipUnless(t, isRoot, "root")) return;
  inHand((hand) => {
    const { Groups } = statusOf(hand.pid);
    takeUser(hand, { uid: 1000 }, false);
    hand.flush();
    assert.equal(statusOf(hand.pid)["Groups"], Groups);
  });
});

test("takeUser() refuses additional groups where they can't be set", () => {
  inHand((hand) => {
    assert.throws(() => takeUser(hand, { additionalGids: [1] }, false), {
      message: "cannot set any additional groups in a rootless container",
      pointer: "/process/user/additionalGids",
    });
  });
});

test("takeUser() names the place of an id that the kernel refuses", (t) => {
  if (!skipUnless(t, isRoot, "root")) return;
  inHand((hand) => {
    takeUser(hand, { uid: 1000 }, true);
    hand.flush();
    takeUser(hand, { uid: 0 }, false);
    assert.throws(() => hand.flush(), { message: "setting the user", pointer: "/process/user/uid" });
  });
});

for (const name of ["uid", "gid"] as const) {
  test(`takeUser() refuses the ${name} by which the kernel means no change`, () => {
    inHand((hand) => {
      assert.throws(() => takeUser(hand, { [name]: 4_294_967_295 }, true), {
        message: `4294967295 is not a possible ${name}`,
        pointer: `/process/user/${name}`,
      });
    });
  });
}

test("giveStandardStreams() gives files and pipes to the user, not /dev/null", (t) => {
  if (!skipUnless(t, isRoot, "root")) return;
  const file = join(directory, "stream");
  writeFileSync(file, "");
  const nullOwner = statSync("/dev/null").uid;
  inHand((hand) => {
    using stream = openat(hand, AT_FDCWD, file, O_RDONLY);
    using nothing = openat(hand, AT_FDCWD, "/dev/null", O_RDONLY);
    dupOnto(hand, stream.number, 0);
    dupOnto(hand, nothing.number, 1);
    dupOnto(hand, nothing.number, 2);
    giveStandardStreams(hand, 1234);
    hand.flush();
  });
  assert.equal(statSync(file).uid, 1234);
  assert.equal(statSync(file).gid, 0);
  assert.equal(statSync("/dev/null").uid, nullOwner);
});
