import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { makeDevices } from "../../../src/rootfs/devices.ts";
import { maskPaths, protectPaths } from "../../../src/rootfs/masks.ts";
import { bindRoot } from "../../../src/rootfs/root-mount.ts";
import { AT_FDCWD, O_PATH } from "../../../src/sys/files.ts";
import { openInRoot } from "../../../src/sys/in-root.ts";
import { mount } from "../../../src/sys/mount.ts";
import type { Hand } from "../../../src/sys/stub/hand.ts";
import { inMountNamespace, type MountNamespace } from "../../helpers/mount-namespace.ts";

function withRoot(body: (hand: Hand, root: number, namespace: MountNamespace) => void): void {
  inMountNamespace((namespace) => {
    const { hand, directory, view } = namespace;
    for (const name of ["dev", "secret/deep", "open"]) mkdirSync(view(`/${name}`), { recursive: true });
    writeFileSync(view("/key"), "key");
    writeFileSync(view("/secret/file"), "text");
    writeFileSync(view("/open/file"), "text");
    symlinkSync("/../../../etc", view("/link"));
    using root = bindRoot(hand, directory);
    makeDevices(hand, root.number, [], true);
    body(hand, root.number, namespace);
  });
}

test("maskPaths() covers files with the null device and directories with nothing", () => {
  withRoot((hand, root, { view, mounts }) => {
    maskPaths(hand, root, ["/key", "/secret", "/missing", "/key/below"]);
    hand.flush();
    assert.equal(statSync(view("/key")).rdev, statSync("/dev/null").rdev);
    assert.deepEqual(readdirSync(view("/secret")), []);
    assert.ok(mounts().get("/secret")?.options.includes("ro"));
    assert.equal(readFileSync(view("/open/file"), "utf8"), "text");
  });
});

test("maskPaths() takes paths that lie below each other, and one twice", () => {
  withRoot((hand, root, { view }) => {
    maskPaths(hand, root, ["/secret/deep", "/secret", "/secret/file", "/secret"]);
    hand.flush();
    assert.deepEqual(readdirSync(view("/secret")), []);
  });
});

test("maskPaths() takes more paths than a batch has records", () => {
  withRoot((hand, root, { view }) => {
    mkdirSync(view("/proc"));
    const files = Array.from({ length: 600 }, (_, index) => `/proc/${index}`);
    for (const file of files) writeFileSync(view(file), "text");
    maskPaths(hand, root, files);
    hand.flush();
    const nullDevice = statSync("/dev/null").rdev;
    for (const file of files) assert.equal(statSync(view(file)).rdev, nullDevice, file);
  });
});

test("maskPaths() follows no link out of the root", () => {
  withRoot((hand, root, { mounts }) => {
    const before = mounts().size;
    maskPaths(hand, root, ["/link/passwd"]);
    hand.flush();
    assert.equal(mounts().size, before);
  });
});

test("maskPaths() refuses to cover a file with what is not the null device", () => {
  inMountNamespace(({ hand, directory, view }) => {
    mkdirSync(view("/dev"));
    writeFileSync(view("/dev/null"), "");
    writeFileSync(view("/key"), "key");
    using root = bindRoot(hand, directory);
    assert.throws(() => maskPaths(hand, root.number, ["/key"]), /not the null device/);
  });
});

test("protectPaths() makes trees read-only and skips what is missing", () => {
  withRoot((hand, root, { view, mounts }) => {
    protectPaths(hand, root, ["/open", "/key", "/missing", "/open/file"]);
    hand.flush();
    for (const place of ["/open", "/key"]) assert.ok(mounts().get(place)?.options.includes("ro"), place);
    assert.equal(readFileSync(view("/open/file"), "utf8"), "text");
    const path = hand.memory.string(view("/open/file"));
    assert.equal(hand.attempt({ name: "openat", args: [AT_FDCWD, path, 1] }), -30);
  });
});

for (const inner of [
  "/open/sub",
  "//open/sub",
  "/open//sub",
  "/./open/sub/",
  "/secret/../open/sub",
  "/way/sub",
]) {
  for (const outer of ["/open", "/open/", "/open/."]) {
    test(`protectPaths() makes a mount at ${inner} read-only below ${outer}`, () => {
      withRoot((hand, root, { directory, view, mounts }) => {
        mkdirSync(view("/open/sub"));
        symlinkSync("open", view("/way"));
        mount(hand, "tmpfs", `${directory}/open/sub`, "tmpfs", 0);
        hand.flush();
        protectPaths(hand, root, [outer, inner]);
        hand.flush();
        assert.ok(mounts().get("/open/sub")?.options.includes("ro"));
        assert.throws(() => writeFileSync(view("/open/sub/file"), ""), /EROFS/);
      });
    });
  }
}

test("maskPaths() and protectPaths() look for what is in /proc where that was mounted", () => {
  withRoot((hand, root, { view, mounts }) => {
    for (const directory of ["proc/open", "moved/open"])
      mkdirSync(view(`/${directory}`), { recursive: true });
    for (const name of ["proc", "moved"]) writeFileSync(view(`/${name}/file`), name);
    const moved = openInRoot(hand, root, "/moved", O_PATH);
    assert.ok(moved !== undefined);
    const views = new Map([["/proc", moved]] as const);
    protectPaths(hand, root, ["//proc/open"], views);
    maskPaths(hand, root, ["/proc//file", "/proc/../proc/file"], { views });
    hand.flush();
    const covered = ["/moved/open", "/moved/file", "/proc/file", "/proc/open"].map((path) =>
      mounts().has(path),
    );
    assert.deepEqual(covered, [true, true, true, false]);
  });
});

test("maskPaths() and protectPaths() do nothing with no paths", () => {
  withRoot((hand, root, { mounts }) => {
    const before = mounts().size;
    maskPaths(hand, root, []);
    protectPaths(hand, root, []);
    hand.flush();
    assert.equal(mounts().size, before);
  });
});
