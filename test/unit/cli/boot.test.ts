import assert from "node:assert/strict";
import { test } from "node:test";
import { buildSync, type Metafile } from "esbuild";

/** The module graph of the executable, as esbuild sees it. */
const graph: Metafile["inputs"] = buildSync({
  entryPoints: ["src/main.ts"],
  bundle: true,
  write: false,
  metafile: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  external: ["*.node"],
  define: { "import.meta.url": '"file:///"' },
  outfile: "unwritten.cjs",
}).metafile.inputs;

/**
 * What runs as soon as `entry` is loaded: everything that it imports, but nothing that it requires: esbuild runs that
 * when the call to `require` is reached.
 */
function loadedWith(entry: string): string[] {
  const loaded = new Set([entry]);
  for (const file of loaded) {
    for (const { kind, path, external } of graph[file]?.imports ?? []) {
      if (kind === "import-statement" && external !== true) {
        loaded.add(path);
      }
    }
  }
  return [...loaded];
}

/** What only some commands need, and what it costs each boot when it is loaded without need. */
const heavy = {
  yargs: /node_modules\/(yargs|cliui|y18n)/,
  zod: /node_modules\/zod/,
  ajv: /node_modules\/ajv/,
  "the description of the commands for yargs": /^src\/cli\/yargs\.ts$/,
};

const validators = /validate-(config|features|state)/;

test("main.ts loads no command before it is known", () => {
  const commands = loadedWith("src/main.ts").filter((file) =>
    /^src\/cli\/commands\/|^src\/container\//.test(file),
  );
  assert.deepEqual(commands, []);
});

const commandFiles = Object.keys(graph).filter((file) => /^src\/cli\/commands\//.test(file));

test("the bundle holds the commands", () => {
  assert.ok(commandFiles.length >= 8, `only ${commandFiles.join(" ")}`);
});

for (const entry of ["src/main.ts", ...commandFiles]) {
  test(`${entry} loads nothing that is needed for help alone`, () => {
    const loaded = loadedWith(entry);
    for (const [name, pattern] of Object.entries(heavy)) {
      assert.deepEqual(
        loaded.filter((file) => pattern.test(file)),
        [],
        name,
      );
    }
  });
}

const readers = [
  "state",
  "list",
  "kill",
  "delete",
  "start",
  "ps",
  "events",
  "stats",
  "pause",
  "resume",
  "update",
];

for (const command of readers) {
  test(`${command} loads no validator of the OCI documents`, () => {
    const loaded = loadedWith(`src/cli/commands/${command}.ts`);
    assert.deepEqual(
      loaded.filter((file) => validators.test(file)),
      [],
    );
  });
}

test("the bundle holds yargs, which this test would otherwise miss in vain", () => {
  assert.ok(Object.keys(graph).some((file) => heavy.yargs.test(file)));
});
