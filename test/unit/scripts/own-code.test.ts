import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import { withOwnCode } from "../../../scripts/executable/own-code.ts";
import { skipUnless } from "../../helpers/skip.ts";

const directory = mkdtempSync(join(tmpdir(), "tsrun-deaf-"));
after(() => rmSync(directory, { recursive: true }));

/** env(1), which prints the environment that its main() got. */
const deafEnv = join(directory, "env");
writeFileSync(deafEnv, withOwnCode(readFileSync("/usr/bin/env")));
chmodSync(deafEnv, 0o755);

/** The variable that is added. */
const ours = "BUN_JSC_useJIT=0";

function environmentSeen(env: Record<string, string>): string[] {
  const { stdout, status } = spawnSync(deafEnv, [], { env, encoding: "utf8" });
  assert.equal(status, 0);
  return stdout.split("\n").filter((line) => line !== "");
}

test("withOwnCode() drops the engine's variables and keeps the others in their order", () => {
  const seen = environmentSeen({
    BUN_BE_BUN: "1",
    FIRST: "1",
    BUN_OPTIONS: "--inspect",
    NODE_OPTIONS: "--require=x",
    MIMALLOC_VERBOSE: "1",
    mimalloc_verbose: "1",
    SECOND: "2",
    BUN: "kept: not the engine's",
    JSC_useJIT: "0",
    WTF_DateMathOffset: "1",
    A: "",
    LAST: "3",
    BUN_JSC_useJIT: "0",
  });
  assert.deepEqual(seen, ["FIRST=1", "SECOND=2", "BUN=kept: not the engine's", "A=", "LAST=3", ours]);
});

test("withOwnCode() bears an empty environment", () => {
  assert.deepEqual(environmentSeen({}), [ours]);
});

test("withOwnCode() passes arguments and exit status on", () => {
  const { stdout, status } = spawnSync(deafEnv, ["sh", "-c", "echo $1; exit 7", "sh", "word"], {
    encoding: "utf8",
  });
  assert.equal(stdout, "word\n");
  assert.equal(status, 7);
});

test("withOwnCode() goes to / where the working directory was deleted, and only there", () => {
  const script = 'cd "$1"; rmdir "$1"; exec "$2" pwd -P';
  const gone = mkdtempSync(join(directory, "gone-"));
  const { stdout } = spawnSync("sh", ["-euc", script, "sh", gone, deafEnv], { encoding: "utf8" });
  assert.equal(stdout, "/\n");
  assert.equal(spawnSync(deafEnv, ["pwd", "-P"], { cwd: "/usr", encoding: "utf8" }).stdout, "/usr\n");
});

function canRunArm64(t: TestContext): boolean {
  const available = (tool: string) => spawnSync(tool, ["--version"]).status === 0;
  return (
    skipUnless(t, available("aarch64-linux-gnu-as"), "arm64Objdump") &&
    skipUnless(t, available("qemu-aarch64-static"), "qemuArm64")
  );
}

/** Assembles NAME-arm64.S to a program that no loader has to prepare. It imports from a library that is not needed to run it. */
function makeArm64(name: string): string {
  const [object, library, program] = ["o", "so", "program"].map((kind) => join(directory, `${name}.${kind}`));
  const source = `test/unit/scripts/${name}-arm64.S`;
  const tools = [
    ["aarch64-linux-gnu-as", "--defsym", "LIBRARY=1", source, "-o", object],
    ["aarch64-linux-gnu-ld", "-shared", object, "-o", library],
    ["aarch64-linux-gnu-as", source, "-o", object],
    ["aarch64-linux-gnu-ld", "-no-pie", "--no-dynamic-linker", "--build-id", object, library, "-o", program],
  ] as const;
  for (const [tool, ...args] of tools) {
    const { status, stderr } = spawnSync(tool, args as readonly string[], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
  }
  return program ?? "";
}

test("withOwnCode() drops the engine's variables on arm64", (t) => {
  if (!canRunArm64(t)) {
    return;
  }
  const program = makeArm64("env");
  writeFileSync(program, withOwnCode(readFileSync(program)));
  const env = { BUN_BE_BUN: "1", FIRST: "1", NODE_OPTIONS: "-x", mimalloc_verbose: "1", LAST: "2" };
  const { stdout, status } = spawnSync("qemu-aarch64-static", [program], { env, encoding: "utf8" });
  // qemu-user passes the environment in an order of its own.
  assert.deepEqual(stdout.trim().split("\n").sort(), [ours, "FIRST=1", "LAST=2"]);
  assert.equal(status, 0);
});

/** Dynamically linked; what it is given is loaded and asked for its answer, or for why not. */
const loading = `#include <dlfcn.h>
#include <stdio.h>
extern char **environ;
void *(*load)(const char *, int);
int main(void) {
  load = dlopen;
  void *self = dlopen(NULL, RTLD_NOW), *missing = load("/nonexistent.so", RTLD_NOW);
  void *addon = load("\\1", RTLD_NOW);
  if (addon == NULL) { puts(dlerror()); return 1; }
  int (*answer)(void) = (int (*)(void))dlsym(addon, "answer");
  printf("%d %d %d %d\\n", self != NULL, missing == NULL, answer(), environ[0] != NULL);
  return 0;
}`;

function compileC(name: string, source: string, ...flags: readonly string[]): string {
  const file = join(directory, name);
  const { stderr } = spawnSync("gcc", ["-O2", "-xc", "-", "-o", file, ...flags], {
    input: source,
    encoding: "utf8",
  });
  assert.ok(existsSync(file), stderr);
  return file;
}

test("withOwnCode() has dlopen find the addon behind the executable", () => {
  const library = readFileSync(
    compileC(
      "answer.so",
      "int zeros[100000] = {1}; int answer(void) { return zeros[0] + 41; }",
      "-shared",
      "-fPIC",
    ),
  );
  const program = compileC("loading", loading, "-no-pie", "-fno-pic", "-Wl,--build-id");
  writeFileSync(program, withOwnCode(readFileSync(program), library));
  const { stdout } = spawnSync(program, [], { encoding: "utf8" });
  assert.equal(stdout, "1 1 42 1\n");
});

/** What dlopen says where a call before it failed: the negated errno stands for a descriptor. */
const notFilled = (errno: number) =>
  new RegExp(`^/proc/self/fd/${2 ** 32 - errno}: cannot open shared object file`);

test("withOwnCode() loads no half of an addon where a file must not be so long", () => {
  const program = compileC("limited", loading, "-no-pie", "-fno-pic", "-Wl,--build-id");
  writeFileSync(program, withOwnCode(readFileSync(program), Buffer.alloc(5000, "no library")));
  const { stdout, status } = spawnSync(
    "sh",
    ["-c", 'trap "" XFSZ; exec prlimit --fsize=4096 "$1"', "sh", program],
    { encoding: "utf8" },
  );
  assert.match(stdout, notFilled(27));
  assert.equal(status, 1);
});

test("withOwnCode() says that a program has lost its addon", () => {
  const program = compileC("lost", loading, "-no-pie", "-fno-pic", "-Wl,--build-id");
  const whole = withOwnCode(readFileSync(program), Buffer.alloc(64, "no library"));
  writeFileSync(program, whole.subarray(0, whole.length - 64));
  const { stdout, status } = spawnSync(program, [], { encoding: "utf8" });
  assert.match(stdout, notFilled(5));
  assert.equal(status, 1);
});

test("withOwnCode() has dlopen find the addon on arm64", (t) => {
  if (!canRunArm64(t)) {
    return;
  }
  const program = makeArm64("dlopen");
  writeFileSync(program, withOwnCode(readFileSync(program), Buffer.from("what is loaded\n")));
  const { stdout, status } = spawnSync("qemu-aarch64-static", [program], { encoding: "utf8" });
  assert.equal(stdout, "what is loaded\n56");
  assert.equal(status, 6);
});
