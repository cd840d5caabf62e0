// A directory in the root and a link to what is outside change places all the time, as whoever shares a volume can have it
// (CVE-2021-30465, CVE-2024-45310). Nothing is ever made outside; the plain calls do make it there.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Fd } from "../../../src/sys/fd.ts";
import { AT_FDCWD, O_DIRECTORY, O_PATH, openat, tryMkdirat } from "../../../src/sys/files.ts";
import { openInRoot } from "../../../src/sys/in-root.ts";
import { local } from "../../../src/sys/local.ts";
import { makeDirectoryInRoot, makeFileInRoot, makeLinkInRoot } from "../../../src/sys/make-in-root.ts";
import { SyscallError } from "../../../src/sys/syscall-error.ts";
import { walk } from "../../../src/sys/walk.ts";
import { staticProgram } from "../../security/helpers/static-program.ts";

const ROUNDS = process.env["TSRUN_STRESS"] === "full" ? 20_000 : 500;
/** How long the plain call may take to be led outside. */
const PATIENCE_MS = 30_000;

const directory = mkdtempSync(join(tmpdir(), "tsrun-unit-"));
const [root, outside] = [join(directory, "root"), join(directory, "outside")];
let racer: ChildProcess | undefined;
let target: Fd | undefined;

before(async () => {
  for (const path of [join(root, "volume/target"), outside]) mkdirSync(path, { recursive: true });
  symlinkSync(outside, join(root, "volume/link"));
  target = openat(local, AT_FDCWD, join(root, "volume/target"), O_PATH | O_DIRECTORY);
  const exchanged = [join(root, "volume/target"), join(root, "volume/link")];
  const started = spawn(staticProgram("racer"), exchanged, { stdio: ["ignore", "pipe", "inherit"] });
  racer = started;
  await new Promise((done) => started.stdout?.once("data", done));
});

after(async () => {
  const ended = new Promise((done) => racer?.once("exit", done));
  racer?.kill("SIGKILL");
  await ended;
  target?.[Symbol.dispose]();
  rmSync(directory, { recursive: true });
});

/** What others would see of a directory. */
function look(path: string): unknown {
  const { mode, uid, gid, nlink, mtimeNs } = statSync(path, { bigint: true });
  return { mode, uid, gid, nlink, mtimeNs, names: readdirSync(path) };
}

const ways: Readonly<Record<string, (fd: number, path: string) => void>> = {
  makeDirectoryInRoot: (fd, path) => makeDirectoryInRoot(local, fd, `${path}/below`)[Symbol.dispose](),
  makeFileInRoot: (fd, path) => makeFileInRoot(local, fd, path)[Symbol.dispose](),
  makeLinkInRoot: (fd, path) => makeLinkInRoot(local, fd, path, "/etc/passwd"),
};

for (const [name, make] of Object.entries(ways)) {
  test(`${name}() makes nothing outside of the root, whoever exchanges directories for links`, () => {
    const before = look(outside);
    using fd = openat(local, AT_FDCWD, root, O_PATH | O_DIRECTORY);
    for (let round = 0; round < ROUNDS; round++) {
      try {
        make(fd.number, `/volume/target/${name}-${round}`);
      } catch (error) {
        // What a directory was may be a link by the time it is looked at, and the other way round.
        if (!(error instanceof SyscallError)) throw error;
      }
    }
    assert.deepEqual(look(outside), before);
    // Both ways were gone: into the directory, and where the link leads in the root.
    for (const place of [`/proc/self/fd/${target?.number}`, join(root, outside)]) {
      assert.ok(
        readdirSync(place).some((each) => each.startsWith(name)),
        place,
      );
    }
  });
}

for (const [name, open] of [
  ["openInRoot", (fd: number) => openInRoot(local, fd, "/volume/target/../target", O_PATH)],
  [
    "walk",
    (fd: number) => {
      const result = walk(local, fd, "/volume/target/../target", { flags: O_PATH, resolve: 0x12 });
      return result < 0 ? undefined : new Fd(local, result);
    },
  ],
] as const) {
  test(`${name}() leads to nothing outside of the root meanwhile`, () => {
    using fd = openat(local, AT_FDCWD, root, O_PATH | O_DIRECTORY);
    const { ino } = statSync(outside);
    for (let round = 0; round < ROUNDS; round++) {
      using found = open(fd.number);
      if (found !== undefined) assert.notEqual(statSync(`/proc/self/fd/${found.number}`).ino, ino);
    }
  });
}

test("a plain mkdir is led outside", () => {
  const deadline = Date.now() + PATIENCE_MS;
  for (let round = 0; readdirSync(outside).length === 0; round++) {
    assert.ok(Date.now() < deadline, "the race was never close");
    tryMkdirat(local, AT_FDCWD, join(root, `volume/target/plain-${round}`), 0o755);
  }
  for (const name of readdirSync(outside)) rmdirSync(join(outside, name));
});
