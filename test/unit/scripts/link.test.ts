import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, test } from "node:test";
import { link } from "../../../scripts/lib/link.ts";

const directory = mkdtempSync(join(tmpdir(), "tsrun-link-"));
after(() => rmSync(directory, { recursive: true }));

/** Links sources and runs what comes out. @returns what it prints */
async function run(name: string, minify: boolean, sources: Record<string, string>): Promise<string> {
  for (const [file, text] of Object.entries(sources)) writeFileSync(join(directory, file), text);
  const entry = relative(".", join(directory, "main.ts"));
  const options = { bundle: true, platform: "node", target: "node20", minify } as const;
  const script = join(directory, `${name}.cjs`);
  writeFileSync(script, await link({ ...options, entryPoints: [entry] }, entry));
  return execFileSync(process.execPath, [script], { encoding: "utf8" });
}

const program = {
  "main.ts": `import { say as tell } from "./shared.ts";
    const load = () => require("./lazy.ts") as typeof import("./lazy.ts");
    tell("main");
    tell(load().answer(20));
    tell(load().default);`,
  "lazy.ts": `import { basename } from "node:path";
    import * as shared from "./shared.ts";
    shared.say("lazy");
    export const answer = (value: number) => value + 22;
    export default basename("/a/b") + shared.count();`,
  "shared.ts": `let calls = 0;
    export const count = () => calls;
    export function say(text: unknown): void { calls++; console.log(text); }`,
};

for (const minify of [false, true]) {
  test(`link() evaluates what is required lazily once, when it is asked for${minify ? ", minified" : ""}`, async () => {
    assert.equal(await run(`program-${minify}`, minify, program), "main\nlazy\n42\nb2\n");
  });
}

test("link() keeps a module from being evaluated that only a lazy one imports", async () => {
  const sources = {
    "main.ts":
      'const load = () => require("./lazy.ts"); if (process.argv.length > 9) load(); console.log("end");',
    "lazy.ts": 'import { value } from "./deep.ts"; console.log(value);',
    "deep.ts": 'console.log("deep"); export const value = Math.random();',
  };
  assert.equal(await run("unused", true, sources), "end\n");
});

test("link() refuses a source that exports a variable", async () => {
  const sources = {
    "main.ts": 'import { next } from "./state.ts"; console.log(next);',
    "state.ts": "export let next = 1; export const bump = () => next++;",
  };
  await assert.rejects(run("variable", false, sources), /state\.ts exports a variable/);
});
