import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  AT_FDCWD,
  mknodCall,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_PATH,
  openat,
  S_IFIFO,
} from "../../../src/sys/files.ts";
import { openAllInRoot, openInRoot, openPlain, readInRoot, splitPath } from "../../../src/sys/in-root.ts";
import { local } from "../../../src/sys/local.ts";
import { placeOf, withHostileRoot } from "../../helpers/hostile-root.ts";

const found: readonly (readonly [path: string, place: string])[] = [
  ["", ""],
  ["/", ""],
  [".", ""],
  ["/..", ""],
  ["../../..", ""],
  ["/etc/file", "/etc/file"],
  ["etc/file", "/etc/file"],
  ["//etc//file", "/etc/file"],
  ["/etc/", "/etc"],
  ["/etc/../etc/./file", "/etc/file"],
  ["/lib", "/usr/lib"],
  ["/lib/..", "/usr"],
  ["/absolute/file", "/etc/file"],
  ["/climbing/file", "/etc/file"],
  ["/dir/up/etc/file", "/etc/file"],
  ["/lib/", "/usr/lib"],
  ["/lib//", "/usr/lib"],
  ["/lib/.", "/usr/lib"],
  ["/absolute/", "/etc"],
  ["/climbing/", "/etc"],
  ["/dir/up/", ""],
  ["/dir/up/..", ""],
];

for (const [path, wanted] of found) {
  test(`openInRoot() of ${JSON.stringify(path)} stays in the root`, () => {
    withHostileRoot((root, rootPath) => {
      using fd = openInRoot(local, root.number, path, O_PATH);
      assert.equal(placeOf(fd), rootPath + wanted);
    });
  });
}

for (const path of [
  "/missing",
  "/etc/missing/x",
  "/dangling",
  "/dangling/",
  "/outside",
  "/outside/",
  "/outside/.",
  "/outside/..",
  "/outside/file",
]) {
  test(`openInRoot() finds nothing at ${path}`, () => {
    withHostileRoot((root) => assert.equal(openInRoot(local, root.number, path, O_PATH), undefined));
  });
}

for (const path of ["/loop", "/loop-a/x"]) {
  test(`openInRoot() refuses ${path}, which never ends`, () => {
    withHostileRoot((root) => {
      assert.throws(() => openInRoot(local, root.number, path, O_PATH), { code: "ELOOP" });
    });
  });
}

test("openInRoot() opens a link itself when told not to follow", () => {
  withHostileRoot((root, rootPath) => {
    using fd = openInRoot(local, root.number, "/outside", O_PATH | O_NOFOLLOW);
    assert.equal(placeOf(fd), `${rootPath}/outside`);
  });
});

test("openInRoot() follows a link with a slash behind it to nowhere outside, told to follow it or not (CVE-2026-39822)", () => {
  withHostileRoot((root, rootPath) => {
    for (const flags of [
      O_PATH,
      O_PATH | O_NOFOLLOW,
      O_PATH | O_DIRECTORY,
      O_PATH | O_DIRECTORY | O_NOFOLLOW,
    ]) {
      assert.equal(openInRoot(local, root.number, "/outside/", flags), undefined);
      using inside = openInRoot(local, root.number, "/absolute/", flags);
      assert.equal(placeOf(inside), `${rootPath}/etc`);
    }
  });
});

test("openPlain() opens what no link leads to", () => {
  withHostileRoot((root, rootPath) => {
    using fd = openPlain(local, root.number, "etc/file", O_PATH);
    assert.equal(placeOf(fd), `${rootPath}/etc/file`);
    assert.equal(openPlain(local, root.number, "etc/none", O_PATH), undefined);
    for (const path of ["lib", "lib/", "absolute/file", "etc/chain", "loop"]) {
      assert.throws(() => openPlain(local, root.number, path, O_PATH), { code: "ELOOP" }, path);
    }
    for (const path of ["..", "/etc", "dir/../.."]) {
      assert.throws(() => openPlain(local, root.number, path, O_PATH), { code: "EXDEV" }, path);
    }
  });
});

test("openPlain() of one mount refuses what is mounted below", () => {
  using root = openat(local, AT_FDCWD, "/", O_PATH | O_DIRECTORY);
  openPlain(local, root.number, "proc/version", O_PATH)?.[Symbol.dispose]();
  assert.throws(() => openPlain(local, root.number, "proc/version", O_PATH, true), { code: "EXDEV" });
});

test("openInRoot() refuses a file with a slash behind it", () => {
  withHostileRoot((root) => {
    assert.throws(() => openInRoot(local, root.number, "/etc/file/", O_PATH), { code: "ENOTDIR" });
  });
});

for (const path of ["/proc/self/exe", "/proc/self/root/etc", "/proc/self/fd/0", "/proc/self/cwd"]) {
  test(`openInRoot() refuses the magic link on the way to ${path}`, () => {
    using root = openat(local, AT_FDCWD, "/", O_PATH | O_DIRECTORY);
    assert.throws(() => openInRoot(local, root.number, path, O_PATH), { code: "ELOOP" });
  });
}

test("openAllInRoot() opens what is there, in order", () => {
  withHostileRoot((root, rootPath) => {
    const paths = ["/etc/file", "/missing", "/lib", "/etc/file/below", "/outside/file"];
    const fds = openAllInRoot(local, root.number, paths, O_PATH);
    assert.deepEqual(fds.map(placeOf), [
      `${rootPath}/etc/file`,
      undefined,
      `${rootPath}/usr/lib`,
      undefined,
      undefined,
    ]);
    for (const fd of fds) fd?.[Symbol.dispose]();
    assert.throws(() => openAllInRoot(local, root.number, ["/etc", "/loop"], O_PATH), /openat2 "\/loop"/);
  });
});

test("readInRoot() reads a file's beginning, and waits for nobody where a FIFO is", () => {
  withHostileRoot((root, rootPath) => {
    writeFileSync(join(rootPath, "passwd"), "root:x:0");
    assert.equal(Buffer.from(readInRoot(local, root.number, "/passwd", 4) ?? []).toString(), "root");
    local.call(mknodCall(local, root.number, "fifo", S_IFIFO | 0o600, 0));
    assert.equal(readInRoot(local, root.number, "/fifo", 4)?.length, 0);
    assert.equal(readInRoot(local, root.number, "/none", 4), undefined);
  });
});

for (const [path, directory, name] of [
  ["/a/b", "/a", "b"],
  ["/a", "/", "a"],
  ["a", "/", "a"],
  ["/a/b//", "/a", "b"],
  ["a/b/c", "a/b", "c"],
  ["/", "/", ""],
] as const) {
  test(`splitPath() of ${path}`, () => {
    assert.deepEqual(splitPath(path), { directory, name });
  });
}
