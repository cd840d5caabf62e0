import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { changeRoot, makeReadOnly, moveRoot, pivot, propagateRoot } from "../../../src/rootfs/pivot.ts";
import { bindRoot } from "../../../src/rootfs/root-mount.ts";
import type { Fd } from "../../../src/sys/fd.ts";
import { MS_SHARED, MS_UNBINDABLE } from "../../../src/sys/mount.ts";
import type { Hand } from "../../../src/sys/stub/hand.ts";
import { inMountNamespace } from "../../helpers/mount-namespace.ts";
import { parseMountLine } from "../../helpers/mountinfo.ts";

/** Enters a root that holds the file `marker`. */
function inRoot(enter: (hand: Hand, root: Fd) => void, check: (hand: Hand) => void): void {
  inMountNamespace(({ hand, directory, view }) => {
    mkdirSync(view("/rootfs"));
    writeFileSync(view("/rootfs/marker"), "");
    using root = bindRoot(hand, `${directory}/rootfs`);
    enter(hand, root);
    assert.deepEqual(readdirSync(`/proc/${hand.pid}/root`), ["marker"]);
    assert.deepEqual(readdirSync(`/proc/${hand.pid}/cwd`), ["marker"]);
    check(hand);
  });
}

const mountsOf = (hand: Hand) =>
  readFileSync(`/proc/${hand.pid}/mountinfo`, "utf8").trimEnd().split("\n").map(parseMountLine);

test("pivot() leaves one mount: the new root", () => {
  inRoot(pivot, (hand) => {
    assert.deepEqual(
      mountsOf(hand).map(({ point }) => point),
      ["/"],
    );
  });
});

test("moveRoot() and changeRoot() enter the root", () => {
  for (const enter of [moveRoot, changeRoot]) inRoot(enter, () => {});
});

test("makeReadOnly() makes a mount read-only", () => {
  const readOnly = (hand: Hand, root: Fd): void => {
    makeReadOnly(hand, root, "/root/readonly");
    pivot(hand, root);
  };
  inRoot(readOnly, (hand) => {
    assert.ok(mountsOf(hand)[0]?.options.includes("ro"));
    const file = hand.memory.string("/new");
    assert.equal(hand.attempt({ name: "mkdirat", args: [-100, file, 0o755] }), -30);
  });
});

test("propagateRoot() sets the root's propagation", () => {
  inRoot(pivot, (hand) => {
    propagateRoot(hand, { type: MS_SHARED, recursive: true });
    hand.flush();
    assert.match(mountsOf(hand)[0]?.propagation.join() ?? "", /^shared:/);
    propagateRoot(hand, { type: MS_UNBINDABLE, recursive: false });
    hand.flush();
    assert.deepEqual(mountsOf(hand)[0]?.propagation, ["unbindable"]);
  });
});
