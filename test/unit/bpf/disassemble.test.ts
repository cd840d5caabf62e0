import assert from "node:assert/strict";
import { test } from "node:test";
import { ClassicProgram, compare } from "../../../src/bpf/classic.ts";
import { disassemble } from "../../../src/bpf/disassemble.ts";

function sample(): Uint8Array {
  const program = new ClassicProgram();
  const allow = program.return(0x7fff0000);
  const masked = program.and(0xff, program.branch(compare.equal, 5, program.return(0), allow));
  const tested = program.branch(compare.anyBit, 0x80, allow, masked);
  program.load(16, program.branch(compare.greater, 0xffffffff, allow, tested));
  return program.finish();
}

test("disassemble() writes each instruction with the targets of its jumps", () => {
  assert.deepEqual(disassemble(sample()), [
    "ld [16]",
    "jgt #0xffffffff, 6, 2",
    "jset #0x80, 6, 3",
    "and #0xff",
    "jeq #0x5, 5, 6",
    "ret #0x0",
    "ret #0x7fff0000",
  ]);
});

test("disassemble() writes long jumps by their target", () => {
  const program = new ClassicProgram();
  const far = program.and(1, program.return(1));
  let near = program.return(2);
  for (let count = 0; count < 300; count++) near = program.load(4, near);
  program.branch(compare.equal, 1, far, near);
  const lines = disassemble(program.finish());
  assert.deepEqual(lines.slice(0, 2), ["jeq #0x1, 1, 2", "ja 303"]);
  assert.deepEqual(lines.slice(303), ["and #0x1", "ret #0x1"]);
});

test("disassemble() says what values mean to those who know", () => {
  const lines = disassemble(sample(), {
    load: (offset) => `offset ${offset}`,
    result: (value) => (value === 0 ? "KILL" : undefined),
  });
  assert.equal(lines[0], "ld [16]              ; offset 16");
  assert.equal(lines[5], "ret #0x0             ; KILL");
  assert.equal(lines[6], "ret #0x7fff0000");
});

test("disassemble() writes what it does not know as a word", () => {
  assert.deepEqual(disassemble(Uint8Array.of(0x99, 0, 0, 0, 7, 0, 0, 0)), [".word 0x99, #0x7"]);
});
