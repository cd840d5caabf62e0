import assert from "node:assert/strict";
import { closeSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { closeOthers } from "../../../src/security/descriptors.ts";
import { markInherited } from "../../../src/sys/close-on-exec.ts";
import type { Executor } from "../../../src/sys/executor.ts";
import { AT_FDCWD, O_RDONLY } from "../../../src/sys/files.ts";
import { local } from "../../../src/sys/local.ts";
import type { Hand } from "../../../src/sys/stub/hand.ts";
import { inHand } from "../../helpers/in-hand.ts";

const O_CLOEXEC = 0o2000000;
const F_DUPFD = 0;

/** Whether a descriptor of the hand will stay open across execve(2). */
function stays(hand: Hand, fd: number): boolean {
  const info = readFileSync(`/proc/${hand.pid}/fdinfo/${fd}`, "utf8");
  return (Number.parseInt(/^flags:\s*(\d+)$/m.exec(info)?.[1] ?? "", 8) & O_CLOEXEC) === 0;
}

/** Opens /dev/null so that it stays open across execve(2). */
function openStaying(k: Executor): number {
  return k.call({ name: "openat", args: [AT_FDCWD, k.memory.string("/dev/null"), O_RDONLY, 0] });
}

test("closeOthers() keeps standard streams and what is preserved", () => {
  inHand((hand) => {
    hand.queue({ name: "close_range", args: [3, 0xffffffff, 0] });
    const fds = [openStaying(hand), openStaying(hand), openStaying(hand)];
    fds.push(hand.call({ name: "fcntl", args: [3, F_DUPFD, 900] }));
    assert.deepEqual(fds, [3, 4, 5, 900]);
    const standard = [0, 1, 2].map((fd) => stays(hand, fd));
    closeOthers(hand, 2);
    hand.flush();
    assert.deepEqual(
      fds.map((fd) => stays(hand, fd)),
      [true, true, false, false],
    );
    assert.deepEqual(
      [0, 1, 2].map((fd) => stays(hand, fd)),
      standard,
    );
  });
});

test("closeOthers() says which preserved descriptor is missing", () => {
  inHand((hand) => {
    hand.queue({ name: "close_range", args: [3, 0xffffffff, 0] });
    closeOthers(hand, 1);
    assert.throws(() => hand.flush(), /passing on descriptor 3 of --preserve-fds/);
  });
});

test("markInherited() marks what a child has from this process", () => {
  const fd = openStaying(local);
  inHand((hand) => {
    assert.equal(stays(hand, fd), true);
    markInherited(hand, 3);
    hand.flush();
    assert.equal(stays(hand, fd), false);
  });
  closeSync(fd);
});
