// The kernel is the reference: whatever openat2(2) answers, walk() answers, too.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { Fd } from "../../../src/sys/fd.ts";
import {
  AT_FDCWD,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_PATH,
  O_RDONLY,
  O_RDWR,
  type OpenHow,
  openat,
  openat2Call,
  RESOLVE_BENEATH,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
  tryOpenat2,
} from "../../../src/sys/files.ts";
import { local } from "../../../src/sys/local.ts";
import { MS_BIND, mount } from "../../../src/sys/mount.ts";
import { walk } from "../../../src/sys/walk.ts";
import { inMountNamespace } from "../../helpers/mount-namespace.ts";

const directory = mkdtempSync(join(tmpdir(), "tsrun-walk-"));
const root = join(directory, "root");
const links: Readonly<Record<string, string>> = {
  "to-file": "a/file",
  "to-dir": "a/b",
  "to-dir-slash": "a/b/",
  absolute: "/a/b",
  climbing: "../../../a",
  "a/up": "..",
  "a/b/out": "../../..",
  dangling: "nothing",
  "dangling-deep": "nothing/below",
  loop: "loop",
  secret: join(directory, "secret"),
  dot: ".",
};
/** Links to links: the last stands for `a` after 45. */
const chain = Array.from(
  { length: 45 },
  (_, index) => [`l${index}`, index === 0 ? "a" : `l${index - 1}`] as const,
);

before(() => {
  mkdirSync(join(root, "a/b"), { recursive: true });
  mkdirSync(join(directory, "secret"));
  writeFileSync(join(root, "a/file"), "inside");
  writeFileSync(join(root, "a/b/file"), "inside");
  writeFileSync(join(directory, "secret/file"), "outside");
  for (const [name, target] of [...Object.entries(links), ...chain]) symlinkSync(target, join(root, name));
});

after(() => rmSync(directory, { recursive: true }));

const inRoot = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
const resolves: Readonly<Record<string, number>> = {
  "in root": inRoot,
  beneath: RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
  "without links": RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
  "in root, without links": RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS,
  "on one mount": RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
};
const flagSets: Readonly<Record<string, number>> = {
  O_PATH,
  "O_PATH|O_NOFOLLOW": O_PATH | O_NOFOLLOW,
  "O_PATH|O_DIRECTORY": O_PATH | O_DIRECTORY,
  "O_PATH|O_DIRECTORY|O_NOFOLLOW": O_PATH | O_DIRECTORY | O_NOFOLLOW,
  O_RDONLY,
  O_RDWR,
  "O_RDONLY|O_NOFOLLOW": O_RDONLY | O_NOFOLLOW,
  "O_RDONLY|O_DIRECTORY": O_RDONLY | O_DIRECTORY,
  "O_CREAT|O_EXCL": O_RDWR | O_CREAT | O_EXCL,
};

/** Where a result leads, or its errno; what was made by it is taken away. */
function meaning(result: number, how: OpenHow): string {
  if (result < 0) return `errno ${-result}`;
  using fd = new Fd(local, result);
  const place = readlinkSync(`/proc/self/fd/${fd.number}`);
  if ((how.flags & O_EXCL) !== 0) rmSync(place);
  return place;
}

/** What the kernel answers. Where it has to begin anew on its way (RCU) it counts the links so far twice (fs/namei.c). */
function kernelsAnswer(fd: number, path: string, how: OpenHow): string {
  for (let attempt = 0; ; attempt++) {
    const answer = meaning(tryOpenat2(local, fd, path, how), how);
    if (answer !== "errno 40" || attempt === 5) return answer;
  }
}

/** Asks the kernel and walk() the same, below `path`. */
function compare(top: string, path: string, how: OpenHow): void {
  using fd = openat(local, AT_FDCWD, top, O_PATH | O_DIRECTORY);
  const kernels = kernelsAnswer(fd.number, path, how);
  assert.equal(meaning(walk(local, fd.number, path, how), how), kernels, `${path} ${JSON.stringify(how)}`);
}

const names = [
  "a",
  "b",
  "file",
  "nothing",
  ".",
  "..",
  "",
  "up",
  "out",

  ...Object.keys(links),
];

for (const [resolution, resolve] of Object.entries(resolves)) {
  test(`walk() ${resolution} opens what openat2(2) opens`, () => {
    const paths = fc
      .array(fc.constantFrom(...names), { minLength: 1, maxLength: 6 })
      .map((parts) => parts.join("/"));
    const flags = fc.constantFrom(...Object.values(flagSets));
    const property = fc.property(paths, flags, fc.boolean(), (path, flag, slash) => {
      const mode = (flag & O_CREAT) === 0 ? 0 : 0o600;
      compare(root, slash ? `/${path}` : path, { flags: flag, mode, resolve });
    });
    fc.assert(property, { numRuns: 3000, includeErrorInReport: true });
    for (const name of names) {
      for (const flag of Object.values(flagSets)) {
        const mode = (flag & O_CREAT) === 0 ? 0 : 0o600;
        for (const path of [name, `${name}/`, `${name}/.`, `a/../${name}`])
          compare(root, path, { flags: flag, mode, resolve });
      }
    }
  });
}

test("walk() follows as many links as openat2(2)", () => {
  for (const [name] of chain) {
    for (const path of [name, `${name}/b/file`, `climbing/../${name}`])
      compare(root, path, { flags: O_PATH, resolve: inRoot });
  }
});

test("walk() takes as long a path as openat2(2)", () => {
  for (const length of [4094, 4095, 4096]) {
    compare(root, "a/../".repeat(1000).slice(0, length).padEnd(length, "/"), {
      flags: O_PATH,
      resolve: inRoot,
    });
  }
  compare(root, "x".repeat(255), { flags: O_PATH, resolve: inRoot });
  compare(root, "x".repeat(256), { flags: O_PATH, resolve: inRoot });
});

test("walk() refuses links of procfs that lead elsewhere than they say, and follows the others (CVE-2024-45310)", () => {
  const how = { flags: O_PATH, resolve: inRoot };
  const magic = [
    "self/root",
    "self/cwd",
    "self/exe",
    "self/fd/0",
    "self/ns/mnt",
    "self/root/etc",
    "thread-self/root",
  ];
  for (const path of magic) {
    compare("/proc", path, how);
    compare("/", `proc/${path}`, how);
  }
  using top = openat(local, AT_FDCWD, "/", O_PATH | O_DIRECTORY);
  assert.equal(walk(local, top.number, "proc/self/root", how), -40);
  for (const path of ["proc/self/status", "proc/mounts", "proc/net/dev"]) compare("/", path, how);
  const beneath = { flags: O_PATH, resolve: RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS };
  for (const path of [
    "self/status",
    "thread-self/status",
    "mounts",
    "self/fd/0",
    "self/root",
    "self/ns/net",
  ]) {
    compare("/proc", path, beneath);
  }
});

test("walk() with RESOLVE_NO_XDEV notices a mount of another and of the same file system", () => {
  inMountNamespace(({ hand, directory: place }) => {
    for (const name of ["other", "same", "plain"]) {
      hand.call({ name: "mkdirat", args: [AT_FDCWD, hand.memory.string(`${place}/${name}`), 0o755] });
    }
    mount(hand, "tmpfs", `${place}/other`, "tmpfs", 0);
    mount(hand, `${place}/plain`, `${place}/same`, "", MS_BIND);
    hand.flush();
    using fd = openat(hand, AT_FDCWD, place, O_PATH | O_DIRECTORY);
    const top = hand.numberOf(fd.number);
    const how = { flags: O_PATH, resolve: RESOLVE_BENEATH | RESOLVE_NO_XDEV };
    for (const name of ["other", "same", "plain"]) {
      const answers = [hand.attempt(openat2Call(hand, top, name, how)), walk(hand, top, name, how)];
      assert.deepEqual(
        answers.map((answer) => (answer < 0 ? answer : "open")),
        name === "plain" ? ["open", "open"] : [-18, -18],
        name,
      );
    }
  });
});

test("walk() leaves no descriptor open but the one that it returns", () => {
  using top = openat(local, AT_FDCWD, root, O_PATH | O_DIRECTORY);
  const open = () => openat(local, AT_FDCWD, "/dev/null", O_PATH);
  using before = open();
  const number = before.number;
  for (const path of ["a/b/file", "absolute/../../a/up/nothing", "loop", "a/file/x", "a/b/out/a/b/file"]) {
    const result = walk(local, top.number, path, { flags: O_PATH, resolve: inRoot });
    if (result >= 0) new Fd(local, result)[Symbol.dispose]();
  }
  using next = open();
  assert.equal(next.number, number + 1);
});

/** A directory changes places with a link to what is outside, and its parent moves out and in, all the time. */
const attacker = `
  const { renameSync } = require("node:fs");
  const { moves, stop } = require("node:worker_threads").workerData;
  while (Atomics.load(stop, 0) === 0) {
    for (const [from, to] of moves) renameSync(from, to);
  }
`;

test("walk() never leads out of the root, whatever is renamed meanwhile (CVE-2018-15664)", async () => {
  const arena = join(directory, "arena");
  mkdirSync(join(arena, "root/x/y/z"), { recursive: true });
  mkdirSync(join(arena, "outside/x/y/z"), { recursive: true });
  symlinkSync(join(arena, "outside"), join(arena, "root/link"));
  symlinkSync("../../../../outside", join(arena, "root/x/link"));
  const at = (path: string) => join(arena, path);
  const moves = [
    [at("root/x/y"), at("root/hidden")],
    [at("root/x/link"), at("root/x/y")],
    [at("root/x/y"), at("root/x/link")],
    [at("root/hidden"), at("root/x/y")],
  ];
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(attacker, { eval: true, workerData: { moves, stop } });
  await new Promise((done) => worker.once("online", done));
  using top = openat(local, AT_FDCWD, at("root"), O_PATH | O_DIRECTORY);
  const seen = new Set<number>();
  for (let round = 0; round < 4000; round++) {
    const path = ["x/y/z/../../../../x", "x/y/../../../../outside/x", "x/y/z", "link/x/y"][round % 4] ?? "";
    const result = walk(local, top.number, path, { flags: O_PATH, resolve: inRoot });
    seen.add(Math.min(result, 0));
    if (result < 0) continue;
    using fd = new Fd(local, result);
    const place = readlinkSync(`/proc/self/fd/${fd.number}`);
    assert.ok(place.startsWith(at("root")), `${path} led to ${place}`);
  }
  const ended = new Promise((done) => worker.once("exit", done));
  Atomics.store(stop, 0, 1);
  await ended;
  assert.ok(seen.has(0) && seen.size > 1, "the race was never close");
});
