import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  listDirectory,
  makeDirectories,
  makeDirectory,
  realDirectory,
  removeDirectory,
  removeFile,
  removeTree,
  renameFile,
} from "../../../src/sys/host-directories.ts";
import { isErrno } from "../../../src/sys/syscall-error.ts";
import { withDirectory } from "../../helpers/directory.ts";

const failsWith = (code: string) => (error: unknown) => isErrno(error, code);

test("makeDirectory() tells new directories from what is there", () => {
  withDirectory((directory) => {
    assert.equal(makeDirectory(join(directory, "a"), 0o711), true);
    assert.equal(statSync(join(directory, "a")).mode & 0o777, 0o711);
    assert.equal(makeDirectory(join(directory, "a"), 0o711), false);
    assert.throws(() => makeDirectory(join(directory, "b/c"), 0o711), failsWith("ENOENT"));
  });
});

test("makeDirectories() makes what is missing from the top, and says what", () => {
  withDirectory((directory) => {
    const path = join(directory, "a/b/c");
    assert.deepEqual(makeDirectories(path, 0o755), [join(directory, "a"), join(directory, "a/b"), path]);
    assert.deepEqual(makeDirectories(path, 0o755), []);
    assert.deepEqual(makeDirectories(join(directory, "a/d"), 0o755), [join(directory, "a/d")]);
    writeFileSync(join(directory, "file"), "");
    assert.throws(() => makeDirectories(join(directory, "file/a"), 0o755), failsWith("ENOTDIR"));
    assert.throws(() => makeDirectories("/proc/nothing/here", 0o755), failsWith("ENOENT"));
  });
});

test("listDirectory() finds every name of a large directory once, and which are directories", () => {
  withDirectory((directory) => {
    const names = Array.from({ length: 3000 }, (_, number) => `entry-with-a-longer-name-${number}-ä`);
    for (const name of names) writeFileSync(join(directory, name), "");
    mkdirSync(join(directory, "below"));
    symlinkSync("below", join(directory, "link"));
    const entries = listDirectory(directory);
    assert.deepEqual(entries.map(({ name }) => name).sort(), readdirSync(directory).sort());
    assert.deepEqual(
      entries.filter(({ isDirectory }) => isDirectory).map(({ name }) => name),
      ["below"],
    );
    assert.throws(() => listDirectory(join(directory, "none")), failsWith("ENOENT"));
  });
});

test("a name that is no UTF-8 leads to its file again", () => {
  withDirectory((directory) => {
    const name = Buffer.concat([Buffer.from("\ufeffä"), Buffer.of(0x80, 0xff), Buffer.from("b")]);
    mkdirSync(Buffer.concat([Buffer.from(`${directory}/`), name]));
    mkdirSync(join(directory, "\ufeffa"));
    const names = listDirectory(directory).map((entry) => entry.name);
    assert.deepEqual(
      names.filter((listed) => listed.startsWith("\ufeff")),
      ["\ufeffa"],
    );
    for (const listed of names) removeDirectory(join(directory, listed));
    assert.deepEqual(readdirSync(directory), []);
  });
});

test("removeTree() removes what is below, but nothing that links lead to", () => {
  withDirectory((directory) => {
    const [tree, outside] = [join(directory, "tree"), join(directory, "outside")];
    mkdirSync(join(tree, "a/b"), { recursive: true });
    mkdirSync(outside);
    writeFileSync(join(tree, "a/file"), "");
    writeFileSync(join(outside, "file"), "");
    symlinkSync(outside, join(tree, "a/link"));
    removeTree(tree);
    assert.deepEqual([existsSync(tree), readdirSync(outside)], [false, ["file"]]);
    removeTree(tree);
    symlinkSync(outside, tree);
    removeTree(tree);
    assert.deepEqual(readdirSync(outside), ["file"]);
  });
});

test("removeDirectory(), removeFile() and renameFile() fail by errno name", () => {
  withDirectory((directory) => {
    const [from, to] = [join(directory, "from"), join(directory, "to")];
    assert.throws(() => removeDirectory(from), failsWith("ENOENT"));
    removeFile(from);
    assert.throws(() => removeFile(directory), failsWith("EISDIR"));
    assert.throws(() => renameFile(from, to), /^Error: rename \S+\/from \S+\/to: no such file or directory$/);
    writeFileSync(from, "a");
    renameFile(from, to);
    assert.deepEqual(readdirSync(directory), ["to"]);
  });
});

test("realDirectory() follows links to a directory and refuses all else", () => {
  withDirectory((directory) => {
    mkdirSync(join(directory, "a"));
    symlinkSync("a", join(directory, "link"));
    assert.equal(realDirectory(join(directory, "link/.")), realpathSync(join(directory, "a")));
    writeFileSync(join(directory, "file"), "");
    assert.throws(() => realDirectory(join(directory, "file")), failsWith("ENOTDIR"));
    assert.throws(() => realDirectory(join(directory, "none")), failsWith("ENOENT"));
  });
});
