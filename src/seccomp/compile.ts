import { ClassicProgram, compare } from "../bpf/classic.ts";
import type { Seccomp } from "../oci/types.ts";
import { actionWord, badArchitecture, beyondWord, flagBits } from "./actions.ts";
import { architectures, type Machine, X32_BIT } from "./architectures.ts";
import { type Segment, writeTree } from "./decision-tree.ts";
import type { CompiledFilter } from "./filter.ts";
import { type Decision, type Decisions, decide, readRules } from "./rules.ts";

/** Offsets in struct seccomp_data (linux/seccomp.h). */
const [NUMBER, AUDIT_ARCH] = [0, 4];
/** A tracer's way to skip a call: no number of x32, though it has the bit. */
const MINUS_ONE = 0xffffffff;

const DEFAULT_PLACE = {
  action: "/linux/seccomp/defaultAction",
  number: "/linux/seccomp/defaultErrnoRet",
};

/** What calls get that no rule is about. */
interface Fallback {
  /** The default action. */
  readonly known: number;
  /** For calls newer than any that the profile names. */
  readonly beyond: number;
}

/**
 * Compiles a profile (runtime-spec, config-linux.md, seccomp) to the program that the kernel runs on each system call:
 * first the architecture, the machine's own before the others, then the number, then arguments. Calls of an architecture
 * that is neither the machine's own nor named by the profile kill their thread. Pure: the same profile makes the same
 * program.
 * @throws TsrunError for what can't be filtered, with its place in config.json
 */
export function compileSeccomp(profile: Seccomp, machine: Machine): CompiledFilter {
  const known = actionWord(profile.defaultAction, profile.defaultErrnoRet, DEFAULT_PLACE);
  const fallback = { known, beyond: beyondWord(profile.defaultAction, known) };
  const rules = readRules(profile, known);
  const named = architectures[machine].filter(
    ({ name }, index) => index === 0 || profile.architectures?.includes(name),
  );
  const decisions = named.map((architecture) => decide(rules, architecture));
  return {
    program: writeProgram(decisions, fallback),
    flags: flagBits(profile.flags),
    unknown: rules.unknown,
  };
}

function writeProgram(decisions: readonly Decisions[], fallback: Fallback): Uint8Array {
  const program = new ClassicProgram();
  const audits = new Set(decisions.map(({ architecture }) => architecture.audit));
  const start = [...audits].reduceRight((others, audit) => {
    const parts = decisions.filter(({ architecture }) => architecture.audit === audit);
    const tree = writeTree(program, segmentsOf(parts, fallback), fallback.known);
    return program.branch(compare.equal, audit, program.load(NUMBER, tree), others);
  }, program.return(badArchitecture));
  program.load(AUDIT_ARCH, start);
  return program.finish();
}

/** All numbers under one AUDIT_ARCH value. x32's end x86-64's, and are an architecture that is not named where they are not. */
function segmentsOf(parts: readonly Decisions[], fallback: Fallback): Segment[] {
  const segments = parts.flatMap((part) => partSegments(part, fallback));
  const [only, second] = parts;
  if (only?.architecture.name !== "SCMP_ARCH_X86_64" || second !== undefined) return segments;
  const bare = (from: number, decision: Decision): Segment => ({ from, decision, narrow: false });
  return [...segments, bare(X32_BIT, badArchitecture), bare(MINUS_ONE, fallback.beyond)];
}

/** A profile that names no call of an architecture says nothing about what is new there. */
function partSegments({ architecture, byNumber, last }: Decisions, fallback: Fallback): Segment[] {
  const { base, narrow } = architecture;
  const segments: Segment[] = [];
  let current: Decision | undefined;
  const set = (number: number, decision: Decision): void => {
    if (decision !== current) segments.push({ from: base + number, decision, narrow });
    current = decision;
  };
  for (let number = 0; number <= last; number++) set(number, byNumber.get(number) ?? fallback.known);
  const beyond = last < 0 ? fallback.known : fallback.beyond;
  set(last + 1, beyond);
  const apart = [...byNumber].filter(([number]) => number > last).sort(([a], [b]) => a - b);
  for (const [number, decision] of apart) {
    set(number, decision);
    if (!byNumber.has(number + 1)) set(number + 1, beyond);
  }
  return segments;
}
