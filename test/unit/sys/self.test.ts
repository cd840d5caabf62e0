import assert from "node:assert/strict";
import { test } from "node:test";
import { runScript } from "../../helpers/script.ts";
import { skipUnless } from "../../helpers/skip.ts";

/** Executes itself until its executable is on a read-only mount, then says what it has been executed with. */
const script = `
  import { env, argv } from "node:process";
  import { AT_FDCWD, isReadOnlyMount, O_PATH, openat } from "./src/sys/files.ts";
  import { local } from "./src/sys/local.ts";
  import { executeReadOnly } from "./src/sys/self.ts";
  const executable = openat(local, AT_FDCWD, "/proc/self/exe", O_PATH);
  if (!isReadOnlyMount(local, executable.number)) executeReadOnly(3);
  const variables = Object.keys(env).filter((name) => name.startsWith("LARGE_"));
  console.log(JSON.stringify([argv.slice(2), variables.map((name) => env[name]?.length), env["EMPTY"]]));
`;

test("executeReadOnly() executes the same program with the same arguments and environment", (t) => {
  if (!skipUnless(t, process.geteuid?.() === 0, "root")) return;
  const args = ["one", "", "ä b", '"$(x)"'];
  const large = Object.fromEntries([1, 2, 3].map((number) => [`LARGE_${number}`, "x".repeat(number * 1000)]));
  const { stdout, stderr } = runScript(script, { args, env: { ...large, EMPTY: "" } });
  assert.equal(stderr, "");
  assert.deepEqual(JSON.parse(stdout), [args, [1000, 2000, 3000], ""]);
});

test("executeReadOnly() hands on an environment of more than a megabyte", (t) => {
  if (!skipUnless(t, process.geteuid?.() === 0, "root")) return;
  const large = Object.fromEntries(
    Array.from({ length: 12 }, (_, number) => [`LARGE_${number}`, "x".repeat(120_000)]),
  );
  const { stdout, stderr } = runScript(script, { env: large });
  assert.equal(stderr, "");
  assert.deepEqual(
    JSON.parse(stdout)[1],
    Array.from({ length: 12 }, () => 120_000),
  );
});

test("executeReadOnly() says what is refused", () => {
  const refused = `
    import { local } from "./src/sys/local.ts";
    import { executeReadOnly } from "./src/sys/self.ts";
    local.call({ name: "setresuid", args: [65534, 65534, 65534] });
    try {
      executeReadOnly(3);
    } catch (error) {
      console.log(error.message + ": " + error.cause.message);
    }
  `;
  const { stdout } = runScript(process.geteuid?.() === 0 ? refused : refused.replace(/.*setresuid.*/, ""));
  assert.match(stdout, /^executing tsrun from a read-only mount: open_tree: operation not permitted\n$/);
});
