// The kernel gives up on a path with ".." where a rename races with it, wherever that happens (openat2(2), EAGAIN).
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Worker } from "node:worker_threads";
import { copyUp } from "../../../src/rootfs/copy-up.ts";
import type { Fd } from "../../../src/sys/fd.ts";
import { AT_FDCWD, mknodCall, O_DIRECTORY, O_PATH, openat, S_IFIFO } from "../../../src/sys/files.ts";
import { findInRoot, openAllInRoot, openInRoot } from "../../../src/sys/in-root.ts";
import { local } from "../../../src/sys/local.ts";
import { makeDirectoryInRoot } from "../../../src/sys/make-in-root.ts";

const ROUNDS = 2000;
const PATH = "a/../a/b/../../a/b";

const directory = mkdtempSync(join(tmpdir(), "tsrun-unit-"));
const renamer = `
  const { renameSync } = require("node:fs");
  const { from, to, stop } = require("node:worker_threads").workerData;
  while (Atomics.load(stop, 0) === 0) {
    renameSync(from, to);
    renameSync(to, from);
  }
`;
const stop = new Int32Array(new SharedArrayBuffer(4));
let worker: Worker | undefined;

before(async () => {
  mkdirSync(join(directory, "root/a/b"), { recursive: true });
  mkdirSync(join(directory, "from"));
  const workerData = { from: join(directory, "from"), to: join(directory, "to"), stop };
  const started = new Worker(renamer, { eval: true, workerData });
  worker = started;
  await new Promise((done) => started.once("online", done));
});

after(async () => {
  const ended = new Promise((done) => worker?.once("exit", done));
  Atomics.store(stop, 0, 1);
  await ended;
  rmSync(directory, { recursive: true });
});

const ways: Readonly<Record<string, (root: number) => readonly (Fd | undefined)[]>> = {
  openInRoot: (root) => [openInRoot(local, root, PATH, O_PATH)],
  findInRoot: (root) => [findInRoot(local, root, PATH, O_PATH)?.fd],
  openAllInRoot: (root) => openAllInRoot(local, root, [PATH, PATH], O_PATH),
  makeDirectoryInRoot: (root) => [makeDirectoryInRoot(local, root, PATH)],
};

for (const [name, open] of Object.entries(ways)) {
  test(`${name}() outlasts renames elsewhere`, () => {
    using root = openat(local, AT_FDCWD, join(directory, "root"), O_PATH | O_DIRECTORY);
    for (let round = 0; round < ROUNDS; round++) {
      for (const fd of open(root.number)) {
        assert.notEqual(fd, undefined);
        fd?.[Symbol.dispose]();
      }
    }
  });
}

/** Gives a name to a file and to a FIFO by turns. */
const exchanger = `
  const { linkSync, renameSync } = require("node:fs");
  const { directory, stop } = require("node:worker_threads").workerData;
  while (Atomics.load(stop, 0) === 0) {
    for (const file of ["fifo", "file"]) {
      linkSync(directory + "/" + file, directory + "/next");
      renameSync(directory + "/next", directory + "/from/name");
    }
  }
`;

test("copyUp() waits for nobody where a FIFO takes a file's place", async () => {
  const top = join(directory, "copy");
  mkdirSync(join(top, "from"), { recursive: true });
  writeFileSync(join(top, "file"), "text");
  local.call(mknodCall(local, AT_FDCWD, join(top, "fifo"), S_IFIFO | 0o600, 0));
  using source = openat(local, AT_FDCWD, join(top, "from"), O_PATH | O_DIRECTORY);
  const exchange = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(exchanger, { eval: true, workerData: { directory: top, stop: exchange } });
  const ended = new Promise((done) => worker.once("exit", done));
  await new Promise((done) => worker.once("online", done));
  try {
    for (let round = 0; round < ROUNDS / 5; round++) {
      const to = join(top, `to${round}`);
      mkdirSync(to);
      using target = openat(local, AT_FDCWD, to, O_PATH | O_DIRECTORY);
      try {
        copyUp(local, source.number, target.number);
      } catch (error) {
        assert.match(String(error), /tmpcopyup: "name" was exchanged/);
      }
    }
  } finally {
    Atomics.store(exchange, 0, 1);
    await ended;
  }
});
