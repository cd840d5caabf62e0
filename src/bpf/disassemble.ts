import { compare, INSTRUCTION_SIZE } from "./classic.ts";

const LOAD_WORD = 0x20;
const RETURN = 0x06;
const AND = 0x54;
const JUMP = 0x05;

const comparisons: ReadonlyMap<number, string> = new Map([
  [compare.equal, "jeq"],
  [compare.greater, "jgt"],
  [compare.greaterOrEqual, "jge"],
  [compare.anyBit, "jset"],
]);

/** What the listing says of values that mean something to its reader. */
export interface Names {
  /** What a word of the data is that is loaded, as "nr". */
  load(offset: number): string | undefined;
  /** What a returned value means, as "ALLOW". */
  result(value: number): string | undefined;
}

const noNames: Names = { load: () => undefined, result: () => undefined };

/**
 * The instructions of a classic BPF program, one a string, as the kernel's own assembler writes them (tools/bpf,
 * `bpf_asm`): `ld [4]`, `jeq #0xc000003e, 2, 17`; jumps name the instruction that they go to, counted from 0. What `names`
 * knows of a value follows as a comment.
 */
export function disassemble(program: Uint8Array, names: Names = noNames): string[] {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  return Array.from({ length: program.length / INSTRUCTION_SIZE }, (_, index) => {
    const at = index * INSTRUCTION_SIZE;
    const code = view.getUint16(at, true);
    const value = view.getUint32(at + 4, true);
    const next = index + 1;
    const [yes, no] = [next + view.getUint8(at + 2), next + view.getUint8(at + 3)];
    return instruction(code, value, { yes, no, next }, names);
  });
}

function instruction(
  code: number,
  value: number,
  { yes, no, next }: { readonly yes: number; readonly no: number; readonly next: number },
  names: Names,
): string {
  const constant = `#0x${value.toString(16)}`;
  switch (code) {
    case LOAD_WORD:
      return commented(`ld [${value}]`, names.load(value));
    case AND:
      return `and ${constant}`;
    case RETURN:
      return commented(`ret ${constant}`, names.result(value));
    case JUMP:
      return `ja ${next + value}`;
  }
  const comparison = comparisons.get(code);
  return comparison === undefined
    ? `.word 0x${code.toString(16)}, ${constant}`
    : `${comparison} ${constant}, ${yes}, ${no}`;
}

function commented(text: string, comment: string | undefined): string {
  return comment === undefined ? text : `${text.padEnd(20)} ; ${comment}`;
}
