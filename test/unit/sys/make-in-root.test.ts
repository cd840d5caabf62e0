import assert from "node:assert/strict";
import { existsSync, lstatSync, readdirSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fstat, O_PATH } from "../../../src/sys/files.ts";
import { openInRoot } from "../../../src/sys/in-root.ts";
import { local } from "../../../src/sys/local.ts";
import { makeDirectoryInRoot, makeFileInRoot, makeLinkInRoot } from "../../../src/sys/make-in-root.ts";
import { placeOf, withHostileRoot } from "../../helpers/hostile-root.ts";

const directories: readonly (readonly [path: string, place: string])[] = [
  ["/", ""],
  ["/etc", "/etc"],
  ["/new/deep/er", "/new/deep/er"],
  ["new//slashes/./here/", "/new/slashes/here"],
  ["/lib/new", "/usr/lib/new"],
  ["/dir/up/new", "/new"],
  ["/outside/new", "OUTSIDE/new"],
  ["/dangling/new", "/run/missing/new"],
  ["/dangling", "/run/missing"],
  ["/dangling-up", "/run/other"],
  ["/to-dangling/x", "/run/missing/below/x"],
  ["/missing/../new", "/new"],
  ["/missing/../../../new/a", "/new/a"],
  ["/dir/sub/../new", "/dir/new"],
  ["/dir/missing/deeper/../../new", "/dir/new"],
  ["/dir/missing/../../new", "/new"],
  ["/dangling/", "/run/missing"],
  ["/lib/new/", "/usr/lib/new"],
  ["/outside/", "OUTSIDE"],
];

for (const [path, wanted] of directories) {
  test(`makeDirectoryInRoot() of ${path} makes it in the root`, () => {
    withHostileRoot((root, rootPath, outside) => {
      using fd = makeDirectoryInRoot(local, root.number, path);
      const inRoot = rootPath + wanted.replace("OUTSIDE", outside);
      assert.equal(placeOf(fd), inRoot);
      assert.ok(statSync(inRoot).isDirectory());
    });
  });
}

test("makeDirectoryInRoot() makes directories that others may enter", () => {
  withHostileRoot((root, rootPath) => {
    const before = process.umask(0o022);
    makeDirectoryInRoot(local, root.number, "/a/b")[Symbol.dispose]();
    process.umask(before);
    assert.equal(statSync(join(rootPath, "a")).mode & 0o777, 0o755);
  });
});

test("makeDirectoryInRoot() refuses a file in its way", () => {
  withHostileRoot((root) => {
    for (const path of ["/etc/file", "/etc/file/below"]) {
      assert.throws(() => makeDirectoryInRoot(local, root.number, path), { code: "ENOTDIR" }, path);
    }
  });
});

test("makeDirectoryInRoot() refuses links that never end", () => {
  withHostileRoot((root) => {
    for (const path of ["/loop", "/loop/new", "/loop-a/new"]) {
      assert.throws(() => makeDirectoryInRoot(local, root.number, path), { code: "ELOOP" }, path);
    }
  });
});

const files: readonly (readonly [path: string, place: string])[] = [
  ["/etc/file", "/etc/file"],
  ["/etc/new", "/etc/new"],
  ["/new", "/new"],
  ["/a/b/c", "/a/b/c"],
  ["/new/", "/new"],
  ["/lib/new", "/usr/lib/new"],
  ["/absolute/new", "/etc/new"],
  ["/outside/new", "OUTSIDE/new"],
  ["/dangling", "/run/missing"],
  ["/etc/resolv.conf", "/run/resolve/stub.conf"],
  ["/etc/chain", "/etc/target"],
  ["/dangling/", "/run/missing"],
  ["/etc/resolv.conf/", "/run/resolve/stub.conf"],
];

for (const [path, wanted] of files) {
  test(`makeFileInRoot() of ${path} makes it in the root`, () => {
    withHostileRoot((root, rootPath, outside) => {
      using fd = makeFileInRoot(local, root.number, path);
      const inRoot = rootPath + wanted.replace("OUTSIDE", outside);
      assert.equal(placeOf(fd), inRoot);
      assert.ok(lstatSync(inRoot).isFile());
      assert.equal(existsSync(`${inRoot}/`), false);
    });
  });
}

test("makeFileInRoot() refuses links that never end", () => {
  withHostileRoot((root) => {
    for (const path of ["/loop", "/loop-a"]) {
      assert.throws(() => makeFileInRoot(local, root.number, path), { code: "ELOOP" }, path);
    }
  });
});

test("makeFileInRoot() returns the file that it has made", () => {
  withHostileRoot((root) => {
    using made = makeFileInRoot(local, root.number, "/etc/new");
    using found = openInRoot(local, root.number, "/etc/new", O_PATH);
    assert.equal(fstat(local, made.number).ino, fstat(local, found?.number ?? -1).ino);
  });
});

for (const [path, place] of [
  ["/new", "/new"],
  ["/a/b/new", "/a/b/new"],
  ["/lib/new", "/usr/lib/new"],
  ["/outside/new", "OUTSIDE/new"],
  ["/dir/up/new/", "/new"],
] as const) {
  test(`makeLinkInRoot() of ${path} makes it in the root, whatever it holds`, () => {
    withHostileRoot((root, rootPath, outside) => {
      for (const _ of [1, 2]) makeLinkInRoot(local, root.number, path, `${outside}/file`);
      assert.equal(readlinkSync(rootPath + place.replace("OUTSIDE", outside)), `${outside}/file`);
      assert.throws(() => makeLinkInRoot(local, root.number, path, "other"), { code: "EEXIST" });
    });
  });
}

test("makeLinkInRoot() takes no other link's place, and follows none", () => {
  withHostileRoot((root, rootPath) => {
    for (const name of ["outside", "dangling", "loop", "etc/file"]) {
      const before = lstatSync(join(rootPath, name)).ino;
      assert.throws(() => makeLinkInRoot(local, root.number, name, "x"), { code: "EEXIST" });
      assert.equal(lstatSync(join(rootPath, name)).ino, before);
    }
  });
});

test("makeFileInRoot() leaves an existing file's content", () => {
  withHostileRoot((root, rootPath) => {
    makeFileInRoot(local, root.number, "/etc/file")[Symbol.dispose]();
    assert.equal(statSync(join(rootPath, "etc/file")).size, 6);
  });
});

test("no descriptor stays open behind what fails", () => {
  withHostileRoot((root) => {
    const before = readdirSync("/proc/self/fd").length;
    for (const path of ["/etc/file/below", "/loop/new", "/dangling-up/../x/../y"]) {
      try {
        makeDirectoryInRoot(local, root.number, path)[Symbol.dispose]();
      } catch {
        // What fails is tested above.
      }
    }
    assert.equal(readdirSync("/proc/self/fd").length, before);
  });
});
