// Sources that open paths by string, each in another way: the check sees every one. And the project's own pass.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Allowance, findPathFaults, judgePaths } from "../../../scripts/lib/check-paths.ts";

/** A small `sys`: a call on a path, one on a descriptor, a primitive, one that hides behind others. */
const sys: Readonly<Record<string, string>> = {
  "src/sys/files.ts": `
    export function openat(k, directory: number, path: string) {
      const args = [directory, k.memory.string(path), 0];
      return k.open({ name: "openat", args });
    }
    export const openLater = (k, path: string) => () => openat(k, -100, path);
    export function fstat(k, fd: number) {
      k.call({ name: "statx", args: [fd, k.memory.string(""), 0x1000, 0, 0] });
    }
    export function close(k, fd: number) {
      k.call({ name: "close", args: [fd] });
    }`,
  "src/sys/deep.ts": `
    import { openLater as soon } from "./files.ts";
    const table = { open: soon };
    export class Deep {
      open(k, path: string) { return table.open(k, path)(); }
    }
    export const harmless = 1;`,
  "src/sys/named.ts": `
    import * as files from "./files.ts";
    export const through = (k, path: string) => files.openat(k, -100, path);`,
  "src/sys/lazily.ts": `
    import { lazy } from "../base/lazy.ts";
    const deep = lazy(() => require("./deep.ts") as typeof import("./deep.ts"));
    export function openLazily(k, path: string) { return new (deep().Deep)().open(k, path); }`,
  "src/sys/node.ts": `
    const fs = () => require("node:fs") as typeof import("node:fs");
    export const readThroughNode = (path: string) => fs().readFileSync(path);`,
  "src/sys/computed.ts": `
    export const callOn = (k, name, path: string) => k.call({ name, args: [k.memory.string(path)] });`,
  "src/sys/built.ts": `
    export function openBuilt(k, args) { return k.call({ name: "openat2", args }); }`,
  "src/sys/in-root.ts": `
    import { openat } from "./files.ts";
    export const openInRoot = (k, root: number, path: string) => openat(k, root, path);`,
  "src/base/lazy.ts": "export const lazy = (make) => make;",
  "src/base/read.ts": `
    import { readFileSync } from "node:fs";
    export const read = (path: string) => readFileSync(path, "utf8");`,
};

function judge(
  source: string,
  file = "src/rootfs/bad.ts",
  allowances?: Readonly<Record<string, Allowance>>,
): string[] {
  return judgePaths(new Map(Object.entries({ ...sys, [file]: source })), allowances);
}

const refused: Readonly<Record<string, readonly [source: string, fault: RegExp]>> = {
  "a function that makes the call": [
    'import { openat } from "../sys/files.ts"; openat(k, 3, "/x");',
    /bad\.ts imports openat of src\/sys\/files\.ts, which opens paths/,
  ],
  "the same under another name": [
    'import { openat as look } from "../sys/files.ts"; look(k, 3, "/x");',
    /imports openat /,
  ],
  "the module as a whole": [
    'import * as files from "../sys/files.ts"; files.openat(k, 3, "/x");',
    /imports src\/sys\/files\.ts /,
  ],
  "what is required when it is needed": [
    'const files = () => require("../sys/files.ts"); files().openat(k, 3, "/x");',
    /imports src\/sys\/files\.ts /,
  ],
  "a module that is imported at run time": [
    'const files = await import("../sys/files.ts");',
    /imports src\/sys\/files\.ts /,
  ],
  "a function that returns one that does": ['import { openLater } from "../sys/files.ts";', /openLater/],
  "a class that does through a table": ['import { Deep } from "../sys/deep.ts";', /imports Deep /],
  "what does through a namespace import": ['import { through } from "../sys/named.ts";', /imports through /],
  "what does through a lazy module": ['import { openLazily } from "../sys/lazily.ts";', /openLazily/],
  "what does through node:fs": ['import { readThroughNode } from "../sys/node.ts";', /readThroughNode/],
  "a call whose name is computed": ['import { callOn } from "../sys/computed.ts";', /imports callOn /],
  "a call whose arguments are elsewhere": ['import { openBuilt } from "../sys/built.ts";', /openBuilt/],
  "another folder's function": ['import { read } from "../base/read.ts";', /imports read of src\/base/],
  "node:fs": ['import { readFileSync } from "node:fs";', /imports readFileSync of node:fs/],
  "node:fs without its prefix": ['import fs from "fs";', /imports fs of fs/],
  "a promise of node:fs": ['import { open } from "node:fs/promises";', /imports open of node:fs\/promises/],
  "node:child_process": ['import { spawn } from "node:child_process";', /imports spawn /],
  "a record of its own": [
    'k.call({ name: "mkdirat", args: [3, k.memory.string(name), 0o755] });',
    /bad\.ts makes the system call mkdirat/,
  ],
  "a record with its arguments before it": [
    'function make(k) { const args = [k.memory.string("/x"), 0]; k.queue({ name: "umount2", args }); }',
    /makes the system call umount2/,
  ],
  "a record that moves a mount by path": [
    'k.queue({ name: "move_mount", args: [3, k.memory.string(""), 4, k.memory.string(to), 4] });',
    /makes the system call move_mount/,
  ],
  "a record with a computed name": [
    "k.call({ name: which, args: [k.memory.string(path)] });",
    /makes the system call that it computes/,
  ],
  "handing on what opens paths": ['export { openat } from "../sys/files.ts";', /exports what another/],
};

for (const [what, [source, fault]] of Object.entries(refused)) {
  test(`judgePaths() refuses ${what}`, () => {
    const faults = judge(source);
    assert.equal(faults.length, 1, faults.join("\n"));
    assert.match(faults[0] ?? "", fault);
  });
}

for (const folder of ["rootfs", "security", "terminal", "init", "namespaces", "hooks"]) {
  test(`judgePaths() looks at src/${folder}/`, () => {
    const source = 'import { openat } from "../sys/files.ts"; openat(k, 3, "/x");';
    assert.equal(judge(source, `src/${folder}/bad.ts`).length, 1);
  });
}

const taken: Readonly<Record<string, string>> = {
  "calls on descriptors": 'import { close, fstat } from "../sys/files.ts"; fstat(k, 3);',
  "the primitives": 'import { openInRoot } from "../sys/in-root.ts"; openInRoot(k, 3, "/proc/self");',
  "what is beside something that opens paths": 'import { harmless } from "../sys/deep.ts";',
  "types of what opens paths":
    'import type { Deep } from "../sys/deep.ts"; import { type openat } from "../sys/files.ts";',
  "a record on a descriptor": 'k.queue({ name: "mount_setattr", args: [3, k.memory.string(""), 0, 0, 0] });',
  "Node's functions on strings": 'import { normalize } from "node:path/posix";',
};

for (const [what, source] of Object.entries(taken)) {
  test(`judgePaths() takes ${what}`, () => assert.deepEqual(judge(source), []));
}

test("judgePaths() takes what is allowed by name, in that file alone, and tells what is not needed", () => {
  const source = 'import { openat } from "../sys/files.ts"; openat(k, 3, path);';
  const allowances = { "src/rootfs/good.ts": { names: ["openat"], reason: "a path of the host" } };
  assert.deepEqual(judge(source, "src/rootfs/good.ts", allowances), []);
  assert.equal(judge(source, "src/rootfs/bad.ts", allowances).length, 2);
  assert.match(judge("", "src/rootfs/good.ts", allowances)[0] ?? "", /good\.ts may use openat, and does not/);
});

for (const argument of ['"/proc/self/exe"', `\`/proc/\${pid}/root\``, '"/sys"', "'/sys/fs/cgroup'"]) {
  test(`judgePaths() refuses ${argument} where paths of the host may be opened`, () => {
    const source = `import { openat } from "../sys/files.ts"; openat(k, -100, ${argument});`;
    const allowances = { "src/rootfs/good.ts": { names: ["openat"], reason: "a path of the host" } };
    for (const [file, allowance] of [
      ["src/container/any.ts", {}],
      ["src/rootfs/good.ts", allowances],
    ] as const) {
      const faults = judge(source, file, allowance);
      assert.equal(faults.length, 1, file);
      assert.match(faults[0] ?? "", /opens \/(proc|sys)/);
    }
  });
}

for (const [what, source] of Object.entries({
  "a constant's": 'const PLACE = "/proc/sys"; export const f = (k) => openat(k, -100, PLACE);',
  "a local constant's": "function f(k) { const path = `/proc/1/root`; return openat(k, -100, path); }",
  "a sum's": 'openat(k, -100, "/proc/" + pid);',
})) {
  test(`judgePaths() refuses ${what} path in /proc`, () => {
    const faults = judge(`import { openat } from "../sys/files.ts"; ${source}`, "src/container/any.ts");
    assert.match(faults.join("\n"), /^src\/container\/any.ts opens \/proc\/[^\n]*$/);
  });
}

test("judgePaths() lets container/ open paths of the host", () => {
  assert.deepEqual(
    judge('import { openat } from "../sys/files.ts"; openat(k, 3, path);', "src/container/a.ts"),
    [],
  );
});

test("findPathFaults() finds nothing in the project's own sources", () => {
  assert.deepEqual(findPathFaults(), []);
});
