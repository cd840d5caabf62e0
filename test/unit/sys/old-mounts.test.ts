import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { AT_FDCWD, AT_SYMLINK_NOFOLLOW, O_NOFOLLOW, O_PATH, openat } from "../../../src/sys/files.ts";
import {
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_RDONLY,
  MS_SHARED,
} from "../../../src/sys/mount.ts";
import { OldMounts } from "../../../src/sys/old-mounts.ts";
import type { Hand } from "../../../src/sys/stub/hand.ts";
import { inMountNamespace, type MountNamespace } from "../../helpers/mount-namespace.ts";

/** Mounts in `place`, from `source`, which has a file, a link and a directory that something is mounted on. */
function withMounts(body: (hand: Hand, mounts: OldMounts, namespace: MountNamespace) => void): void {
  inMountNamespace((namespace) => {
    const { hand, directory, view } = namespace;
    for (const name of ["place", "source/below", "target"]) mkdirSync(view(`/${name}`), { recursive: true });
    writeFileSync(view("/source/file"), "text");
    writeFileSync(view("/empty"), "");
    symlinkSync("file", view("/source/link"));
    body(hand, new OldMounts(hand, `${directory}/place`, false), namespace);
  });
}

test("OldMounts binds directories, files and links onto targets by descriptor", () => {
  withMounts((hand, old, { directory, view, mounts }) => {
    const bind = (source: string, target: string, nofollow = 0): void => {
      using tree = old.cloneTree(hand, AT_FDCWD, `${directory}/source${source}`, false, nofollow);
      using place = openat(hand, AT_FDCWD, `${directory}${target}`, O_PATH | O_NOFOLLOW);
      old.moveMount(hand, tree.number, place.number);
      hand.flush();
    };
    bind("", "/target");
    bind("/file", "/empty");
    assert.deepEqual(readdirSync(view("/target")).sort(), ["below", "file", "link"]);
    assert.equal(readFileSync(view("/empty"), "utf8"), "text");
    bind("/link", "/target/file", AT_SYMLINK_NOFOLLOW);
    assert.equal(readlinkSync(view("/target/file")), "file");
    assert.equal([...mounts().keys()].filter((place) => place.startsWith("/place/")).length, 0);
  });
});

test("OldMounts takes what is below along when it is told so", () => {
  withMounts((hand, old, { directory, view }) => {
    using made = old.newFileSystem(hand, {
      type: "tmpfs",
      source: "x",
      options: ["mode=700"],
      attributes: 0,
    });
    using below = openat(hand, AT_FDCWD, `${directory}/source/below`, O_PATH);
    old.moveMount(hand, made.number, below.number);
    hand.flush();
    writeFileSync(view("/source/below/mark"), "");
    for (const recursive of [true, false]) {
      using tree = old.cloneTree(hand, AT_FDCWD, `${directory}/source`, recursive);
      using target = openat(hand, AT_FDCWD, `${directory}/target`, O_PATH);
      old.moveMount(hand, tree.number, target.number);
      hand.flush();
      assert.deepEqual(readdirSync(view("/target/below")), recursive ? ["mark"] : []);
    }
  });
});

test("OldMounts changes attributes one by one, and propagation", () => {
  withMounts((hand, old, { directory, mounts }) => {
    const attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
    using tree = old.newFileSystem(hand, { type: "tmpfs", source: undefined, options: [], attributes });
    old.mountSetattr(hand, tree.number, { set: MOUNT_ATTR_NOEXEC, clear: MOUNT_ATTR_NODEV }, false);
    using target = openat(hand, AT_FDCWD, `${directory}/target`, O_PATH);
    old.moveMount(hand, tree.number, target.number);
    old.mountSetattr(hand, tree.number, { set: 0, clear: 0, propagation: MS_SHARED }, true);
    hand.flush();
    const mount = mounts().get("/target");
    assert.deepEqual([...(mount?.options ?? [])].sort(), ["noexec", "nosuid", "relatime", "rw"]);
    assert.match(mount?.propagation.join() ?? "", /^shared:/);
  });
});

test("OldMounts sets attributes of a whole tree, and of nothing beside it", () => {
  withMounts((hand, old, { directory, view, mounts }) => {
    const put = (place: string): void => {
      using made = old.newFileSystem(hand, { type: "tmpfs", source: "x", options: [], attributes: 0 });
      using below = openat(hand, AT_FDCWD, `${directory}/source${place}`, O_PATH);
      old.moveMount(hand, made.number, below.number);
      hand.flush();
    };
    mkdirSync(view("/source/a b"));
    put("/below");
    mkdirSync(view("/source/below/deep"));
    put("/below/deep");
    put("/a b");
    using tree = old.cloneTree(hand, AT_FDCWD, `${directory}/source`, true);
    old.mountSetattr(hand, tree.number, { set: MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC, clear: 0 }, true);
    using target = openat(hand, AT_FDCWD, `${directory}/target`, O_PATH);
    old.moveMount(hand, tree.number, target.number);
    hand.flush();
    const isSet = ([, { options }]: [string, { options: readonly string[] }]): boolean =>
      options.includes("ro") && options.includes("noexec");
    const all = [...mounts()].map(([place, line]) => [decodeURI(place), isSet([place, line])]);
    const found = Object.fromEntries(all.filter(([place]) => /^.(source|target)/.test(String(place))));
    assert.deepEqual(found, {
      "/source/below": false,
      "/source/below/deep": false,
      "/source/a b": false,
      "/target": true,
      "/target/below": true,
      "/target/below/deep": true,
      "/target/a b": true,
    });
  });
});

test("OldMounts takes no attributes back of a whole tree", () => {
  withMounts((hand, old, { directory }) => {
    using tree = old.cloneTree(hand, AT_FDCWD, `${directory}/source`, true);
    const change = { set: 0, clear: MOUNT_ATTR_NOEXEC };
    assert.throws(
      () => old.mountSetattr(hand, tree.number, change, true),
      /need mount_setattr\(2\) of Linux 5\.12/,
    );
  });
});
