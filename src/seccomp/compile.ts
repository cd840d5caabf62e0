import { TsrunError } from "../base/errors.ts";
import { ClassicProgram, compare } from "../bpf/classic.ts";
import type { Seccomp } from "../oci/types.ts";
import { actionWord, badArchitecture, beyondWord, flagBits } from "./actions.ts";
import { type Architecture, architectures, type Machine, X32_BIT } from "./architectures.ts";
import { type Segment, writeTree } from "./decision-tree.ts";
import type { CompiledFilter } from "./filter.ts";
import { type CallRules, type Decisions, decide, type Rules, readRules } from "./rules.ts";
import { ABSENT } from "./syscall-numbers.ts";

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
      const { base } = architecture;
      const knows = isNamed(architecture) && decisions.last !== ABSENT && base + decisions.last > 0;
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
  try {
    return program.finish(all[0]?.architecture.bigEndian);
  } catch (cause) {
    throw new TsrunError("compiling the seccomp profile", { cause, pointer: "/linux/seccomp/syscalls" });
  }
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

/** Numbers of one architecture from its base on. */
function partSegments(part: Part, defaultWord: number): Segment[] {
  const { architecture, calls, apart, last, beyond } = part;
  const { base } = architecture;
  const segments: Segment[] = [{ from: base, decision: defaultWord }];
  let current: Segment["decision"] = defaultWord;
  const set = (from: number, decision: Segment["decision"]): void => {
    if (decision !== current) segments.push({ from, decision });
    current = decision;
  };
  if (hasSetup(part)) set(0, beyond);
  // Calls beyond the last one: socketcall(2) and ipc(2), where only others are named that they lead to.
  const end = Math.max(last + 1, calls.length);
  for (let number = hasSetup(part) ? 1 : 0; number < end; number++) {
    const decision = calls[number]?.decision ?? (number <= last ? defaultWord : beyond);
    if (decision !== current) set(base + number, decision);
  }
  set(base + end, beyond);
  for (const number of [...apart.keys()].sort((a, b) => a - b)) {
    set(number, apart.get(number)?.decision ?? beyond);
    if (!apart.has(number + 1)) set(number + 1, beyond);
  }
  return segments;
}

/** What the profile has for a number, as a filter sees it. */
export function callsAt({ architecture, calls, apart }: Part, number: number): CallRules | undefined {
  return calls[number - architecture.base] ?? apart.get(number);
}

/** Whether a number is newer than any that the profile names. */
export function isBeyond(part: Part, number: number): boolean {
  if (number === 0 && hasSetup(part)) return true;
  return callsAt(part, number) === undefined && number - part.architecture.base > part.last;
}

/**
 * Whether number 0 is setup(2), as on s390, which is no more: a call with a number too great for its instruction comes as this
 * where the kernel does not know it, so this one is new, too (runc's rule).
 */
function hasSetup({ architecture }: Part): boolean {
  return architecture.name === "SCMP_ARCH_S390" || architecture.name === "SCMP_ARCH_S390X";
}
