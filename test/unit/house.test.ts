// The house's rules: what `npm run check` prints must be nothing.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { findCircle, findImportFaults, importsOf, judgeImport } from "../../scripts/lib/check-imports.ts";
import { findSizeFaults, functionSizes } from "../../scripts/lib/check-size.ts";

function runTool(script: string, ...args: string[]): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });
  assert.equal(status, 0, `${stdout}${stderr}`);
}

test("the sources are formatted and free of lint", () => {
  runTool("node_modules/@biomejs/biome/bin/biome", "ci", "--colors=off");
});

test("the sources are typed", () => {
  runTool("node_modules/typescript/bin/tsc", "--noEmit", "--pretty", "false");
});

test("imports follow the table of levels", () => {
  assert.deepEqual(findImportFaults(), []);
});

test("no file or function is too long", () => {
  assert.deepEqual(findSizeFaults(), []);
});

test("importsOf() finds imports, re-exports, require() and type imports, not comments", () => {
  const source = `
import { a } from "./a.ts";
import type {
  B,
} from "./b.ts";
export * from "./c.ts";
import "./d.ts";
// import { x } from "./x.ts";
/* import { y } from "./y.ts"; */
const e: typeof import("./e.ts") = require("./f.ts");
`;
  assert.deepEqual(importsOf(source), ["./a.ts", "./b.ts", "./c.ts", "./d.ts", "./e.ts", "./f.ts"]);
});

test("judgeImport() lets a folder import itself and lower levels only", () => {
  assert.equal(judgeImport("src/rootfs/mount.ts", "src/sys/fd.ts"), undefined);
  assert.equal(judgeImport("src/rootfs/mount.ts", "src/rootfs/table.ts"), undefined);
  assert.match(judgeImport("src/sys/fd.ts", "src/oci/config.ts") ?? "", /not of a lower level/);
  assert.match(judgeImport("src/base/log.ts", "src/cli/main.ts") ?? "", /not of a lower level/);
  assert.match(judgeImport("src/cli/main.ts", "src/init/run.ts") ?? "", /container/);
});

test("judgeImport() keeps koffi in sys and yargs in cli", () => {
  assert.equal(judgeImport("src/sys/koffi.ts", "koffi"), undefined);
  assert.match(judgeImport("src/container/run.ts", "koffi") ?? "", /belongs to sys/);
  assert.match(judgeImport("src/container/run.ts", "yargs") ?? "", /belongs to cli/);
});

test("findCircle() names the files of a circle", () => {
  const edges = new Map([
    ["a", ["b"]],
    ["b", ["c"]],
    ["c", ["b"]],
  ]);
  assert.deepEqual(findCircle(edges), ["b", "c", "b"]);
  assert.equal(findCircle(new Map([["a", ["b"]]])), undefined);
});

test("functionSizes() counts declarations, methods and arrows, not blocks", () => {
  const source = [
    "export function a(): void {",
    "  if (x) {",
    "    y();",
    "  }",
    "}",
    "class C {",
    "  #method(x: number): number {",
    "    return x;",
    "  }",
    "}",
    "const f = (x: number) => {",
    "};",
  ].join("\n");
  assert.deepEqual(functionSizes(source), [
    { line: 1, length: 5 },
    { line: 7, length: 3 },
    { line: 11, length: 2 },
  ]);
});
