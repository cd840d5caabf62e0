import assert from "node:assert/strict";
import { test } from "node:test";
import { ClassicProgram, compare } from "../../../src/bpf/classic.ts";
import { simulate } from "../../helpers/bpf-simulator.ts";

const call = (nr: number) => ({ arch: 0, nr });

function run(program: ClassicProgram, nr: number): number {
  return simulate(program.finish(), call(nr)).word;
}

test("branch() compares without a sign, for each kind of comparison", () => {
  const cases: [keyof typeof compare, number, number, boolean][] = [
    ["equal", 7, 7, true],
    ["equal", 7, 8, false],
    ["greater", 0x80000000, 0x7fffffff, true],
    ["greater", 5, 5, false],
    ["greaterOrEqual", 5, 5, true],
    ["greaterOrEqual", 0x7fffffff, 0x80000000, false],
    ["anyBit", 0x80000001, 0x80000000, true],
    ["anyBit", 0x40000001, 0x80000000, false],
  ];
  for (const [kind, accumulator, value, expected] of cases) {
    const program = new ClassicProgram();
    program.load(0, program.branch(compare[kind], value, program.return(1), program.return(0)));
    assert.equal(run(program, accumulator), Number(expected), `${accumulator} ${kind} ${value}`);
  }
});

test("and() keeps the bits of the mask", () => {
  const program = new ClassicProgram();
  const matched = program.branch(compare.equal, 0x80000010, program.return(1), program.return(0));
  program.load(0, program.and(0xf00000f0, matched));
  assert.equal(run(program, 0x8f00001f), 1);
  assert.equal(run(program, 0x8f00002f), 0);
});

test("ClassicProgram reaches targets that are out of a conditional jump's reach", () => {
  const program = new ClassicProgram();
  const yes = program.return(1);
  let no = program.load(0, program.branch(compare.equal, 9, program.return(2), program.return(0)));
  for (let nr = 1000; nr < 1400; nr++) no = program.branch(compare.equal, nr, program.return(nr), no);
  program.load(0, program.branch(compare.equal, 5, yes, no));
  assert.deepEqual(
    [5, 9, 1000, 1399, 6].map((nr) => run(program, nr)),
    [1, 2, 1000, 1399, 0],
  );
});

test("branch() writes nothing where both ways are the same", () => {
  const program = new ClassicProgram();
  const end = program.return(3);
  assert.equal(program.branch(compare.equal, 1, end, end), end);
  assert.equal(program.finish().length, 8);
});

test("finish() refuses a program that the kernel would not take", () => {
  const program = new ClassicProgram();
  let next = program.return(0);
  for (let count = 1; count < 4096; count++) next = program.load(0, next);
  assert.equal(program.finish().length, 4096 * 8);
  program.load(0, next);
  assert.throws(() => program.finish(), /the filter has 4097 instructions, more than the 4096 of BPF/);
});
