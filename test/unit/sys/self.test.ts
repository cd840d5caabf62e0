import assert from "node:assert/strict";
import { test } from "node:test";
import { OLD_KERNEL } from "../../helpers/old-kernel/wrapper.ts";
import { runScript } from "../../helpers/script.ts";
import { skipUnless } from "../../helpers/skip.ts";

const oldKernel = process.env[OLD_KERNEL] !== undefined;

/** Executes itself until nobody can write its executable, then says what it has been executed with. */
const script = `
  import { readlinkSync } from "node:fs";
  import { env, argv } from "node:process";
  import { capset } from "./src/sys/capset.ts";
  import { local } from "./src/sys/local.ts";
  import { executeReadOnly, isExecutedReadOnly } from "./src/sys/self.ts";
  if (env["POWERLESS"] !== undefined) capset(local, { effective: 0n, permitted: 0n, inheritable: 0n });
  if (!isExecutedReadOnly()) executeReadOnly(3);
  const variables = Object.keys(env).filter((name) => name.startsWith("LARGE_"));
  const place = readlinkSync("/proc/self/exe").startsWith("/memfd:") ? "memory" : "its mount";
  console.log(JSON.stringify([argv.slice(2), variables.map((name) => env[name]?.length), env["EMPTY"], place]));
`;

test("executeReadOnly() executes the same program with the same arguments and environment", (t) => {
  if (!skipUnless(t, process.geteuid?.() === 0, "root")) return;
  const args = ["one", "", "ä b", '"$(x)"'];
  const large = Object.fromEntries([1, 2, 3].map((number) => [`LARGE_${number}`, "x".repeat(number * 1000)]));
  const { stdout, stderr } = runScript(script, { args, env: { ...large, EMPTY: "" } });
  assert.equal(stderr, "");
  assert.deepEqual(JSON.parse(stdout), [args, [1000, 2000, 3000], "", oldKernel ? "memory" : "its mount"]);
});

test("executeReadOnly() executes a sealed copy where no mount can be made", () => {
  const { stdout, stderr } = runScript(script, { args: ["one"], env: { POWERLESS: "1" } });
  assert.equal(stderr, "");
  assert.deepEqual(JSON.parse(stdout), [["one"], [], null, "memory"]);
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
    const limit = local.memory.alloc(16);
    local.call({ name: "prlimit64", args: [0, 7, limit, 0] });
    try {
      executeReadOnly(3);
    } catch (error) {
      console.log(error.message + ": " + error.cause.message);
    }
  `;
  const { stdout } = runScript(refused);
  assert.match(
    stdout,
    /^executing tsrun from where it is read-only: openat "\/proc\/self\/exe": too many open files\n$/,
  );
});
