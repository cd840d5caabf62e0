import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { DT, ElfFile } from "../../../scripts/addon/elf.ts";
import { makeStandalone } from "../../../scripts/addon/standalone.ts";

const published = readFileSync(
  `node_modules/@koromix/koffi-linux-${process.arch}/linux_${process.arch}/koffi.node`,
);
const directory = mkdtempSync(join(tmpdir(), "tsrun-addon-"));
after(() => rmSync(directory, { recursive: true }));
const edited = join(directory, "koffi.node");
writeFileSync(edited, makeStandalone(published));

/** The engine that tsrun runs on: it brings no libstdc++ of its own, as Node does. */
const bun = [
  `node_modules/@oven/bun-linux-${process.arch === "arm64" ? "aarch64" : "x64"}/bin/bun`,
  "node_modules/bun/bin/bun.exe",
].find((path) => spawnSync(path, ["--version"]).status === 0);

function runWithAddon(engine: string, body: string): unknown {
  const script = `const m = { exports: {} }; process.dlopen(m, process.argv[2]); const koffi = m.exports;
    console.log(JSON.stringify((() => { ${body} })()));`;
  const file = join(directory, "script.cjs");
  writeFileSync(file, script);
  const { stdout, stderr, status } = spawnSync(engine, [file, edited], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

function neededLibraries(file: Buffer): string[] {
  const elf = new ElfFile(file);
  return elf.dynamicEntries().flatMap(({ tag, value }) => (tag === DT.needed ? [elf.string(value)] : []));
}

test("makeStandalone() leaves no library but glibc's", () => {
  assert.ok(neededLibraries(published).includes("libstdc++.so.6"));
  const foreign = neededLibraries(readFileSync(edited)).filter(
    (name) => !/^(libc|libm|ld-linux.*)\.so/.test(name),
  );
  assert.deepEqual(foreign, []);
});

test("makeStandalone() leaves no symbol with a version of libstdc++ or libgcc", () => {
  const { stdout } = spawnSync("objdump", ["-p", "-T", edited], { encoding: "utf8" });
  assert.match(stdout, /GLIBC_2/);
  assert.doesNotMatch(stdout, /GLIBCXX|CXXABI|GCC_/);
});

test("makeStandalone() refuses a C++ symbol that it does not know", () => {
  const stranger = Buffer.from(published);
  const at = stranger.indexOf("\0_ZSt20__throw_length_errorPKc\0");
  assert.notEqual(at, -1);
  stranger.write("_ZSt20__throw_length_errorXXX", at + 1, "latin1");
  assert.throws(() => makeStandalone(stranger), /needs _ZSt20__throw_length_errorXXX/);
});

for (const engine of [bun ?? "bun", process.execPath]) {
  const name = engine === process.execPath ? "Node" : "Bun";
  test(`the edited addon calls, allocates, views and reports errno under ${name}`, () => {
    const seen = runWithAddon(
      engine,
      `const libc = koffi.load(null);
       const close = libc.func("int close(int)");
       const result = [close(-1), koffi.errno()];
       const memory = koffi.alloc("int", 4);
       koffi.encode(memory, "int", 77);
       const pair = koffi.struct("Pair", { left: "int", right: "char *" });
       const view = new Uint8Array(koffi.view(memory, 4));
       const answer = [...result, koffi.decode(memory, "int"), koffi.sizeof(pair), [...view]];
       koffi.free(memory);
       return answer;`,
    );
    assert.deepEqual(seen, [-1, 9, 77, 16, [77, 0, 0, 0]]);
  });

  test(`the edited addon makes callbacks under ${name}`, () => {
    const sorted = runWithAddon(
      engine,
      `const type = koffi.pointer(koffi.proto("int order(const void *, const void *)"));
       const order = koffi.register((a, b) => koffi.decode(a, "int") - koffi.decode(b, "int"), type);
       const qsort = koffi.load(null).func("void qsort(_Inout_ int *, size_t, size_t, void *)");
       const numbers = [3, 1, 2];
       qsort(numbers, 3, 4, order);
       koffi.unregister(order);
       return numbers;`,
    );
    assert.deepEqual(sorted, [1, 2, 3]);
  });
}
