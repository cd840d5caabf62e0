import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import { withDeafEntry } from "../../../scripts/executable/deaf-entry.ts";
import { skipUnless } from "../../helpers/skip.ts";

const directory = mkdtempSync(join(tmpdir(), "tsrun-deaf-"));
after(() => rmSync(directory, { recursive: true }));

/** env(1), which prints the environment that its main() got. */
const deafEnv = join(directory, "env");
writeFileSync(deafEnv, withDeafEntry(readFileSync("/usr/bin/env")));
chmodSync(deafEnv, 0o755);

function environmentSeen(env: Record<string, string>): string[] {
  const { stdout, status } = spawnSync(deafEnv, [], { env, encoding: "utf8" });
  assert.equal(status, 0);
  return stdout.split("\n").filter((line) => line !== "");
}

test("withDeafEntry() drops the engine's variables and keeps the others in their order", () => {
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
  assert.deepEqual(seen, ["FIRST=1", "SECOND=2", "BUN=kept: not the engine's", "A=", "LAST=3"]);
});

test("withDeafEntry() bears an empty environment", () => {
  assert.deepEqual(environmentSeen({}), []);
});

test("withDeafEntry() passes arguments and exit status on", () => {
  const { stdout, status } = spawnSync(deafEnv, ["sh", "-c", "echo $1; exit 7", "sh", "word"], {
    encoding: "utf8",
  });
  assert.equal(stdout, "word\n");
  assert.equal(status, 7);
});

test("withDeafEntry() goes to / where the working directory was deleted, and only there", () => {
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

test("withDeafEntry() drops the engine's variables on arm64", (t) => {
  if (!canRunArm64(t)) {
    return;
  }
  const [object, program] = [join(directory, "arm64.o"), join(directory, "arm64")];
  const tools = [
    ["aarch64-linux-gnu-as", "test/unit/scripts/env-arm64.S", "-o", object],
    ["aarch64-linux-gnu-ld", "-pie", "--no-dynamic-linker", "--build-id", object, "-o", program],
  ] as const;
  for (const [tool, ...args] of tools) {
    const { status, stderr } = spawnSync(tool, args, { encoding: "utf8" });
    assert.equal(status, 0, stderr);
  }
  writeFileSync(program, withDeafEntry(readFileSync(program)));
  const env = { BUN_BE_BUN: "1", FIRST: "1", NODE_OPTIONS: "-x", mimalloc_verbose: "1", LAST: "2" };
  const { stdout, status } = spawnSync("qemu-aarch64-static", [program], { env, encoding: "utf8" });
  // qemu-user passes the environment in an order of its own.
  assert.deepEqual(stdout.trim().split("\n").sort(), ["FIRST=1", "LAST=2"]);
  assert.equal(status, 0);
});
