import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { execFailure, programPath } from "../../../src/init/exec-failure.ts";
import { filesBelow, type LookAt } from "../../../src/init/program-files.ts";
import { AT_FDCWD, O_DIRECTORY, O_PATH, openat } from "../../../src/sys/files.ts";
import { local } from "../../../src/sys/local.ts";
import { elf } from "../../helpers/elf.ts";

const ENOENT = 2;
const ENOEXEC = 8;
const EACCES = 13;

const root = mkdtempSync(join(tmpdir(), "tsrun-exec-"));
after(() => rmSync(root, { recursive: true }));
const rootFd = openat(local, AT_FDCWD, root, O_PATH | O_DIRECTORY);
after(() => rootFd[Symbol.dispose]());

function put(path: string, content: string | Uint8Array, mode = 0o755): string {
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), content);
  chmodSync(join(root, path), mode);
  return path;
}

function reasonOf(path: string, errno: number, look: LookAt = filesBelow(local, rootFd.number)): string {
  return execFailure(path, errno, look, "x64").message;
}

put("/bin/static", elf({ machine: 62 }));

test("execFailure() adds nothing about a file that does not exist", () => {
  assert.equal(reasonOf("/missing", ENOENT), "exec /missing: no such file or directory");
});

test("execFailure() names the place in config.json", () => {
  assert.equal(execFailure("/missing", ENOENT, () => undefined).pointer, "/process/args/0");
});

const cases: readonly (readonly [what: string, content: string | Uint8Array, errno: number, text: string])[] =
  [
    [
      "a script's missing interpreter",
      "#! /bin/bash -e\necho\n",
      ENOENT,
      'no such file or directory: its interpreter "/bin/bash" does not exist',
    ],
    [
      "a carriage return after the interpreter",
      "#!/bin/static\r\necho\r\n",
      ENOENT,
      'no such file or directory: its interpreter "/bin/static\\r" does not exist: the line that names it ends with a carriage return (CRLF)',
    ],
    [
      "a script without an interpreter",
      "#!\n",
      ENOEXEC,
      'exec format error: it names no interpreter after "#!"',
    ],
    [
      "an ELF program's missing loader",
      elf({ machine: 62, interpreter: "/lib/ld-musl-x86_64.so.1" }),
      ENOENT,
      'no such file or directory: its dynamic loader "/lib/ld-musl-x86_64.so.1" does not exist',
    ],
    [
      "a 32-bit program's missing loader",
      elf({ machine: 3, interpreter: "/lib/ld-linux.so.2", bits: 32 }),
      ENOENT,
      'no such file or directory: its dynamic loader "/lib/ld-linux.so.2" does not exist',
    ],
    [
      "another architecture",
      elf({ machine: 183 }),
      ENOEXEC,
      "exec format error: it is a program for arm64, and this machine is x86-64",
    ],
    [
      "a big-endian architecture",
      elf({ machine: 22, bigEndian: true }),
      ENOEXEC,
      "exec format error: it is a program for s390x, and this machine is x86-64",
    ],
    ["an empty file", "", ENOEXEC, "exec format error: it is empty"],
    [
      "a script without its first line",
      "echo hello\n",
      ENOEXEC,
      'exec format error: it is neither an ELF program nor a script that begins with "#!"',
    ],
    ["nothing about a sound program", elf({ machine: 62 }), EACCES, "permission denied"],
    ["nothing about a sound script", "#!/bin/static -x\n", EACCES, "permission denied"],
  ];

for (const [index, [what, content, errno, text]] of cases.entries()) {
  test(`execFailure() tells ${what}`, () => {
    const path = put(`/case${index}`, content);
    assert.equal(reasonOf(path, errno), `exec ${path}: ${text}`);
  });
}

test("execFailure() tells a missing execute bit", () => {
  const text = "exec /plain: permission denied: it has no execute bit (mode 0644)";
  assert.equal(reasonOf(put("/plain", "x", 0o644), EACCES), text);
});

test("execFailure() tells a directory", () => {
  assert.equal(reasonOf("/bin", EACCES), "exec /bin: permission denied: it is a directory");
});

test("execFailure() tells a noexec mount", () => {
  const look: LookAt = () => ({ mode: 0o100755, noexec: true, read: () => new Uint8Array() });
  const text = "exec /x: permission denied: it is on a file system that is mounted noexec";
  assert.equal(reasonOf("/x", EACCES, look), text);
});

test("execFailure() follows an interpreter to what it lacks itself", () => {
  put("/bin/inner", elf({ machine: 62, interpreter: "/lib/none.so" }));
  const path = put("/outer", "#!/bin/inner\n");
  assert.equal(
    reasonOf(path, ENOENT),
    'exec /outer: no such file or directory: its interpreter "/bin/inner": its dynamic loader "/lib/none.so" does not exist',
  );
});

test("execFailure() ends where interpreters go in a circle", () => {
  const path = put("/circle", "#!/circle\n");
  assert.match(
    reasonOf(path, 40),
    /^exec \/circle: too many levels of symbolic links: .* is one of too many interpreters$/,
  );
});

test("execFailure() bears ELF headers that lie", () => {
  const whole = elf({ machine: 62, interpreter: "/lib/x" });
  for (let at = 4; at < 128; at++) {
    const bytes = Uint8Array.from(whole);
    bytes[at] = 0xff;
    assert.match(reasonOf(put("/liar", bytes), ENOEXEC), /^exec \/liar: exec format error/);
  }
  for (let length = 1; length < whole.length; length++) {
    assert.match(reasonOf(put("/liar", whole.slice(0, length)), ENOEXEC), /^exec \/liar: exec format error/);
  }
});

test("filesBelow() resolves symbolic links in the root", () => {
  symlinkSync("/bin/static", join(root, "link"));
  const file = filesBelow(local, rootFd.number)("/link");
  assert.deepEqual(Buffer.from(file?.read(0, 4096) ?? []), readFileSync(join(root, "bin/static")));
});

test("filesBelow() reads ordinary files only", () => {
  const file = filesBelow(local, rootFd.number)("/bin");
  assert.equal(file?.read(0, 16).length, 0);
});

test("filesBelow() sees nothing behind a file that is no directory", () => {
  assert.equal(filesBelow(local, rootFd.number)("/bin/static/x"), undefined);
});

test("programPath() takes a name with a slash as a path", () => {
  const process = { cwd: "/work", args: ["./run"], env: ["PATH=/bin"] };
  assert.equal(
    programPath(process, () => undefined),
    "/work/run",
  );
  assert.equal(
    programPath({ ...process, args: ["/a/../b"] }, () => undefined),
    "/b",
  );
});

test("programPath() searches the last PATH for an executable", () => {
  put("/usr/bin/tool", "", 0o644);
  put("/opt/bin/tool", "", 0o755);
  const process = { cwd: "/", args: ["tool"], env: ["PATH=/nowhere", "PATH=/bin:/usr/bin:/opt/bin"] };
  const look = filesBelow(local, rootFd.number);
  assert.equal(programPath(process, look), "/opt/bin/tool");
  assert.equal(programPath({ ...process, env: [] }, look), "tool");
});
