import assert from "node:assert/strict";
import { lstatSync, mkdirSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Fd } from "../../../src/sys/fd.ts";
import {
  AT_FDCWD,
  makeDevice,
  O_CREAT,
  O_DIRECTORY,
  O_PATH,
  O_WRONLY,
  openat,
  S_IFIFO,
  S_IFMT,
} from "../../../src/sys/files.ts";
import { local } from "../../../src/sys/local.ts";
import {
  chownIn,
  linkIn,
  mkdirIn,
  mknodsIn,
  openAgain,
  openIn,
  symlinkIn,
  tryCreateIn,
  tryMkdirIn,
  unlinkIn,
} from "../../../src/sys/names.ts";
import { withDirectory } from "../../helpers/directory.ts";
import { placeOf } from "../../helpers/hostile-root.ts";
import { skipUnless } from "../../helpers/skip.ts";

/** An open directory `in` with links to what is beside it: a file and a directory. */
function withNames(body: (fd: Fd, path: string, outside: string) => void): void {
  withDirectory((directory) => {
    const [path, outside] = [join(directory, "in"), join(directory, "out")];
    for (const each of [path, outside]) mkdirSync(each);
    writeFileSync(join(outside, "file"), "outside");
    for (const [name, target] of [
      ["to-file", join(outside, "file")],
      ["to-directory", outside],
      ["dangling", join(outside, "new")],
    ] as const) {
      symlinkSync(target, join(path, name));
    }
    using fd = openat(local, AT_FDCWD, path, O_PATH | O_DIRECTORY);
    body(fd, path, outside);
    assert.deepEqual(readdirSync(outside), ["file"], "something was made outside");
  });
}

const ways: Readonly<Record<string, (fd: number, name: string) => unknown>> = {
  openIn: (fd, name) => openIn(local, fd, name, O_PATH),
  "openIn() with O_CREAT": (fd, name) => openIn(local, fd, name, O_WRONLY | O_CREAT, 0o600),
  tryCreateIn: (fd, name) => tryCreateIn(local, fd, name, 0o600),
  tryMkdirIn: (fd, name) => tryMkdirIn(local, fd, name, 0o700),
  mkdirIn: (fd, name) => mkdirIn(local, fd, name, 0o700),
  mknodsIn: (fd, name) => mknodsIn(local, fd, [{ name, mode: S_IFIFO | 0o600, device: 0 }]),
  symlinkIn: (fd, name) => symlinkIn(local, fd, name, "target"),
  linkIn: (fd, name) => linkIn(local, fd, name),
  unlinkIn: (fd, name) => unlinkIn(local, fd, name),
  chownIn: (fd, name) => chownIn(local, fd, name, 0, 0),
};

for (const [what, use] of Object.entries(ways)) {
  test(`${what} takes a single name only`, () => {
    withNames((fd, path) => {
      const before = readdirSync(path);
      for (const name of ["", ".", "..", "/", "../out", "to-directory/new", "new/", "/etc", "a\0b"]) {
        assert.throws(() => use(fd.number, name), /is not the name of a file/, JSON.stringify(name));
      }
      assert.deepEqual(readdirSync(path), before);
    });
  });
}

test("openIn() opens a link itself, or refuses it", () => {
  withNames((fd, path) => {
    using link = openIn(local, fd.number, "to-file", O_PATH);
    assert.equal(placeOf(link), join(path, "to-file"));
    for (const name of ["to-file", "dangling"]) {
      assert.throws(() => openIn(local, fd.number, name, O_WRONLY | O_CREAT, 0o600), { code: "ELOOP" });
    }
  });
});

test("what is made takes no link's place, and follows none", () => {
  withNames((fd, path) => {
    const EEXIST = -17;
    for (const name of ["to-file", "to-directory", "dangling"]) {
      assert.equal(tryCreateIn(local, fd.number, name, 0o600), EEXIST);
      assert.equal(tryMkdirIn(local, fd.number, name, 0o700), EEXIST);
      assert.deepEqual(mknodsIn(local, fd.number, [{ name, mode: S_IFIFO | 0o600, device: 0 }]), [EEXIST]);
      assert.throws(() => symlinkIn(local, fd.number, name, "x"), { code: "EEXIST" });
      assert.ok(lstatSync(join(path, name)).isSymbolicLink());
    }
  });
});

test("mknodsIn() gives the modes that are asked for, and leaves the umask", () => {
  withNames((fd, path) => {
    const before = process.umask(0o077);
    const nodes = ["a", "b"].map((name) => ({ name, mode: S_IFIFO | 0o666, device: makeDevice(0, 0) }));
    assert.deepEqual(mknodsIn(local, fd.number, nodes), [0, 0]);
    assert.equal(process.umask(before), 0o077);
    for (const name of ["a", "b"]) {
      const { mode } = lstatSync(join(path, name));
      assert.equal(mode & S_IFMT, S_IFIFO);
      assert.equal(mode & 0o777, 0o666);
    }
  });
});

test("linkIn() says what a link holds, and of anything else that it is none", () => {
  withNames((fd, path) => {
    symlinkIn(local, fd.number, "new", "some where");
    assert.equal(readlinkSync(join(path, "new")), "some where");
    assert.equal(linkIn(local, fd.number, "new"), "some where");
    mkdirIn(local, fd.number, "directory", 0o700);
    for (const name of ["directory", "none"]) assert.equal(linkIn(local, fd.number, name), undefined);
  });
});

test("unlinkIn() and chownIn() mean the link", (t) => {
  if (!skipUnless(t, process.getuid?.() === 0, "root")) return;
  withNames((fd, path, outside) => {
    chownIn(local, fd.number, "to-file", 1, 2);
    const { uid, gid } = lstatSync(join(path, "to-file"));
    assert.deepEqual([uid, gid], [1, 2]);
    assert.equal(lstatSync(join(outside, "file")).uid, 0);
    unlinkIn(local, fd.number, "to-file");
    unlinkIn(local, fd.number, "to-file", true);
    assert.throws(() => unlinkIn(local, fd.number, "to-file"), { code: "ENOENT" });
  });
});

test("openAgain() opens the very directory", () => {
  withNames((fd, path) => {
    using again = openAgain(local, fd.number, O_DIRECTORY);
    assert.notEqual(again.number, fd.number);
    assert.equal(placeOf(again), path);
  });
});
