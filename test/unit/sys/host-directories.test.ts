import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  listDirectory,
  makeDirectories,
  makeDirectory,
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

test("listDirectory() finds nothing in a directory that is removed while it is open", () => {
  withDirectory((directory) => {
    const path = join(directory, "a");
    mkdirSync(path);
    const fd = openSync(path, "r");
    rmdirSync(path);
    assert.deepEqual(listDirectory(`/proc/self/fd/${fd}`), []);
    closeSync(fd);
  });
});

/** Rounds in which something is made that another process removes at the same time. */
const RACES = 25;

test("removeTree() bears another who removes the same", async () => {
  const directory = mkdtempSync(join(tmpdir(), "tsrun-unit-"));
  const other = spawn("sh", ["-c", 'while read tree; do rm -rf "$tree"; echo; done'], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const answers = createInterface({ input: other.stdout })[Symbol.asyncIterator]();
  for (let round = 0; round < RACES; round++) {
    const tree = join(directory, String(round));
    for (let n = 0; n < 40; n++) mkdirSync(join(tree, `${n}/below`), { recursive: true });
    other.stdin.write(`${tree}\n`);
    // So that it begins before, meanwhile and after.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, (round % 10) / 4);
    removeTree(tree);
    await answers.next();
  }
  other.stdin.end();
  assert.deepEqual(readdirSync(directory), []);
  rmdirSync(directory);
});

test("removeTree() bears another who puts files there", async () => {
  const directory = mkdtempSync(join(tmpdir(), "tsrun-unit-"));
  const tree = join(directory, "tree");
  const script = 'echo; for n in $(seq 2000); do true >"$1/$n" || mkdir "$1"; done 2>/dev/null';
  const other = spawn("sh", ["-c", script, "sh", tree], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(other, "exit");
  await once(other.stdout, "data");
  while (other.exitCode === null) {
    removeTree(tree);
    await nextTurn();
  }
  await ended;
  removeTree(tree);
  rmdirSync(directory);
});

test("removeDirectory(), removeFile() and renameFile() fail by errno name", () => {
  withDirectory((directory) => {
    const [from, to] = [join(directory, "from"), join(directory, "to")];
    assert.throws(() => removeDirectory(from), failsWith("ENOENT"));
    assert.equal(removeFile(from), false);
    assert.throws(() => removeFile(directory), failsWith("EISDIR"));
    assert.throws(() => renameFile(from, to), /^Error: rename \S+\/from \S+\/to: no such file or directory$/);
    writeFileSync(from, "a");
    renameFile(from, to);
    assert.deepEqual(readdirSync(directory), ["to"]);
    assert.equal(removeFile(to), true);
  });
});
