import assert from "node:assert/strict";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  makeDirectoryInRoot,
  makeFileInRoot,
  openAllInRoot,
  openInRoot,
  readInRoot,
  splitPath,
} from "../../../src/rootfs/in-root.ts";
import type { Fd } from "../../../src/sys/fd.ts";
import {
  AT_FDCWD,
  mknodCall,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_PATH,
  openat,
  S_IFIFO,
} from "../../../src/sys/files.ts";
import { local } from "../../../src/sys/local.ts";
import { withDirectory } from "../../helpers/directory.ts";

/** A hostile root file system, with a secret beside it that nothing may lead to. */
function withRoot(body: (root: Fd, path: string, outside: string) => void): void {
  withDirectory((directory) => {
    const path = join(directory, "rootfs");
    for (const name of ["etc", "usr/lib", "dir/sub"]) mkdirSync(join(path, name), { recursive: true });
    mkdirSync(join(directory, "secret"));
    writeFileSync(join(path, "etc/file"), "inside");
    writeFileSync(join(directory, "secret/file"), "outside");
    const links: Readonly<Record<string, string>> = {
      lib: "usr/lib",
      absolute: "/etc",
      climbing: "../../../../../../../../etc",
      "dir/up": "../../..",
      outside: join(directory, "secret"),
      loop: "loop",
      "loop-a": "loop-b",
      "loop-b": "/loop-a",
      dangling: "/run/missing",
      "dangling-up": "../missing/../run/other",
      "etc/resolv.conf": "../run/resolve/stub.conf",
      "etc/chain": "/etc/link",
      "etc/link": "target",
      "to-dangling": "dangling/below",
    };
    for (const [name, target] of Object.entries(links)) symlinkSync(target, join(path, name));
    using root = openat(local, AT_FDCWD, path, O_PATH | O_DIRECTORY);
    body(root, path, join(directory, "secret"));
    assert.deepEqual(readdirSync(join(directory, "secret")), ["file"], "something was made outside");
    assert.deepEqual(readdirSync(directory).sort(), ["rootfs", "secret"]);
  });
}

/** Where a descriptor leads, on the host. */
function place(fd: Fd | undefined): string | undefined {
  return fd === undefined ? undefined : readlinkSync(`/proc/self/fd/${fd.number}`);
}

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
];

for (const [path, wanted] of found) {
  test(`openInRoot() of ${JSON.stringify(path)} stays in the root`, () => {
    withRoot((root, rootPath) => {
      using fd = openInRoot(local, root.number, path, O_PATH);
      assert.equal(place(fd), rootPath + wanted);
    });
  });
}

for (const path of ["/missing", "/etc/missing/x", "/dangling", "/outside", "/outside/file"]) {
  test(`openInRoot() finds nothing at ${path}`, () => {
    withRoot((root) => assert.equal(openInRoot(local, root.number, path, O_PATH), undefined));
  });
}

for (const path of ["/loop", "/loop-a/x"]) {
  test(`openInRoot() refuses ${path}, which never ends`, () => {
    withRoot((root) => {
      assert.throws(() => openInRoot(local, root.number, path, O_PATH), { code: "ELOOP" });
    });
  });
}

test("openInRoot() opens a link itself when told not to follow", () => {
  withRoot((root, rootPath) => {
    using fd = openInRoot(local, root.number, "/outside", O_PATH | O_NOFOLLOW);
    assert.equal(place(fd), `${rootPath}/outside`);
  });
});

test("openInRoot() refuses a file with a slash behind it", () => {
  withRoot((root) => {
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
  withRoot((root, rootPath) => {
    const paths = ["/etc/file", "/missing", "/lib", "/etc/file/below", "/outside/file"];
    const fds = openAllInRoot(local, root.number, paths, O_PATH);
    assert.deepEqual(fds.map(place), [
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
];

for (const [path, wanted] of directories) {
  test(`makeDirectoryInRoot() of ${path} makes it in the root`, () => {
    withRoot((root, rootPath, outside) => {
      using fd = makeDirectoryInRoot(local, root.number, path);
      const inRoot = rootPath + wanted.replace("OUTSIDE", outside);
      assert.equal(place(fd), inRoot);
      assert.ok(statSync(inRoot).isDirectory());
    });
  });
}

test("makeDirectoryInRoot() makes directories that others may enter", () => {
  withRoot((root, rootPath) => {
    const before = process.umask(0o022);
    makeDirectoryInRoot(local, root.number, "/a/b")[Symbol.dispose]();
    process.umask(before);
    assert.equal(statSync(join(rootPath, "a")).mode & 0o777, 0o755);
  });
});

test("makeDirectoryInRoot() refuses a file in its way", () => {
  withRoot((root) => {
    for (const path of ["/etc/file", "/etc/file/below"]) {
      assert.throws(() => makeDirectoryInRoot(local, root.number, path), { code: "ENOTDIR" }, path);
    }
  });
});

test("makeDirectoryInRoot() refuses links that never end", () => {
  withRoot((root) => {
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
];

for (const [path, wanted] of files) {
  test(`makeFileInRoot() of ${path} makes it in the root`, () => {
    withRoot((root, rootPath, outside) => {
      using fd = makeFileInRoot(local, root.number, path);
      const inRoot = rootPath + wanted.replace("OUTSIDE", outside);
      assert.equal(place(fd), inRoot);
      assert.ok(lstatSync(inRoot).isFile());
      assert.equal(existsSync(`${inRoot}/`), false);
    });
  });
}

test("makeFileInRoot() refuses links that never end", () => {
  withRoot((root) => {
    for (const path of ["/loop", "/loop-a"]) {
      assert.throws(() => makeFileInRoot(local, root.number, path), { code: "ELOOP" }, path);
    }
  });
});

test("makeFileInRoot() leaves an existing file's content", () => {
  withRoot((root, rootPath) => {
    makeFileInRoot(local, root.number, "/etc/file")[Symbol.dispose]();
    assert.equal(statSync(join(rootPath, "etc/file")).size, 6);
  });
});

test("readInRoot() reads a file's beginning, and waits for nobody where a FIFO is", () => {
  withRoot((root, rootPath) => {
    writeFileSync(join(rootPath, "passwd"), "root:x:0");
    assert.equal(Buffer.from(readInRoot(local, root.number, "/passwd", 4) ?? []).toString(), "root");
    local.call(mknodCall(local, root.number, "fifo", S_IFIFO | 0o600, 0));
    assert.equal(readInRoot(local, root.number, "/fifo", 4)?.length, 0);
    assert.equal(readInRoot(local, root.number, "/none", 4), undefined);
  });
});

test("no descriptor stays open behind what fails", () => {
  withRoot((root) => {
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
