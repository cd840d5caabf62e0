import { ClassicProgram, compare } from "../bpf/classic.ts";
import type { Seccomp } from "../oci/types.ts";
import { actionWord, badArchitecture, beyondWord, flagBits } from "./actions.ts";
import { type Architecture, architectures, type Machine, X32_BIT } from "./architectures.ts";
import { type Segment, writeTree } from "./decision-tree.ts";
import type { CompiledFilter } from "./filter.ts";
import { type Decision, type Decisions, decide, type Rules, readRules } from "./rules.ts";

/** Offsets in struct seccomp_data (linux/seccomp.h). */
const [NUMBER, AUDIT_ARCH] = [0, 4];
/** A tracer's way to skip a call: no number of x32, though it has the bit. */
const MINUS_ONE = 0xffffffff;

const DEFAULT_NUMBER = "/linux/seccomp/defaultErrnoRet";

/** One architecture's part of a filter. */
export interface Part extends Decisions {
  /** What calls get that are newer than any that the profile names. */
  readonly beyond: number;
}

/** A profile made ready for one machine, before it becomes a program. */
export interface Plan {
  readonly rules: Rules;
  /** What calls get that no rule is about. */
  readonly defaultWord: number;
  readonly parts: readonly Part[];
}

/**
 * Reads a profile for a machine: the machine's own architecture comes first, then those that the profile names.
 * @throws TsrunError for what can't be filtered, with its place in config.json
 */
export function planFilter(profile: Seccomp, machine: Machine): Plan {
  const defaultWord = actionWord(profile.defaultAction, profile.defaultErrnoRet, DEFAULT_NUMBER);
  const rules = readRules(profile, defaultWord);
  const isNamed = ({ name }: Architecture): boolean => profile.architectures?.includes(name) === true;
  const parts = architectures[machine]
    .filter((architecture, index) => index === 0 || isNamed(architecture))
    .map((architecture) => {
      const decisions = decide(rules, architecture);
      // As with runc, a profile says nothing about what is new on an architecture that it does not name, or no call of.
      const knows = isNamed(architecture) && decisions.last > 0;
      return { ...decisions, beyond: knows ? beyondWord(profile.defaultAction, defaultWord) : defaultWord };
    });
  return { rules, defaultWord, parts };
}

/**
 * Compiles a profile (runtime-spec, config-linux.md, seccomp) to the program that the kernel runs on each system call:
 * first the architecture, the machine's own before the others, then the number, then arguments. Calls of an architecture
 * that is neither the machine's own nor named by the profile kill their thread. Pure: the same profile makes the same
 * program.
 * @throws TsrunError for what can't be filtered, with its place in config.json
 */
export function compileSeccomp(profile: Seccomp, machine: Machine): CompiledFilter {
  const { rules, defaultWord, parts } = planFilter(profile, machine);
  return {
    program: writeProgram(parts, defaultWord),
    flags: flagBits(profile.flags),
    unknown: rules.unknown,
  };
}

function writeProgram(all: readonly Part[], defaultWord: number): Uint8Array {
  const program = new ClassicProgram();
  const audits = new Set(all.map(({ architecture }) => architecture.audit));
  const start = [...audits].reduceRight((others, audit) => {
    const parts = all.filter(({ architecture }) => architecture.audit === audit);
    const tree = writeTree(program, segmentsOf(parts, defaultWord), defaultWord);
    return program.branch(compare.equal, audit, program.load(NUMBER, tree), others);
  }, program.return(badArchitecture));
  program.load(AUDIT_ARCH, start);
  return program.finish(all[0]?.architecture.bigEndian);
}

/** All numbers under one AUDIT_ARCH value. x32's end x86-64's, and are an architecture that is not named where they are not. */
function segmentsOf(parts: readonly Part[], defaultWord: number): Segment[] {
  const segments = parts.flatMap((part) => partSegments(part, defaultWord));
  const [only, second] = parts;
  if (only?.architecture.name !== "SCMP_ARCH_X86_64" || second !== undefined) return segments;
  return [
    ...segments,
    { from: X32_BIT, decision: badArchitecture },
    { from: MINUS_ONE, decision: defaultWord },
  ];
}

/** What a call gets whatever its arguments are, else its rules. */
function constantOf(decision: Decision): number | Decision {
  const [only] = decision;
  return only?.tests.length === 0 ? only.word : decision;
}

/** Numbers of one architecture from its base on. */
function partSegments(part: Part, defaultWord: number): Segment[] {
  const { architecture, byNumber, last, beyond } = part;
  const segments: Segment[] = [];
  let current: Segment["decision"] | undefined;
  const set = (from: number, decision: Segment["decision"]): void => {
    if (decision !== current) segments.push({ from, decision });
    current = decision;
  };
  const decisionOf = (number: number): Segment["decision"] => {
    const decision = byNumber.get(number);
    if (isSetup(part, number)) return beyond;
    return decision === undefined ? defaultWord : constantOf(decision);
  };
  set(architecture.base, defaultWord);
  for (let number = architecture.base; number <= last; number++) set(number, decisionOf(number));
  set(Math.max(architecture.base, last + 1), beyond);
  const apart = [...byNumber.keys()].filter((number) => number > last).sort((a, b) => a - b);
  for (const number of apart) {
    set(number, decisionOf(number));
    if (!byNumber.has(number + 1)) set(number + 1, beyond);
  }
  return segments;
}

/**
 * Whether a number is setup(2) on s390, which is no more: a call with a number too great for its instruction comes as this
 * where the kernel does not know it, so this one is new, too (runc's rule).
 */
export function isSetup({ architecture }: Part, number: number): boolean {
  return number === 0 && (architecture.name === "SCMP_ARCH_S390" || architecture.name === "SCMP_ARCH_S390X");
}
