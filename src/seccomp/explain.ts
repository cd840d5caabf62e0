import { compare } from "../bpf/classic.ts";
import type { Seccomp, SeccompAction, SeccompArch } from "../oci/types.ts";
import { badArchitecture, describeWord } from "./actions.ts";
import { architectureOf, machineOf, X32_BIT } from "./architectures.ts";
import { callsAt, isBeyond, type Part, type Plan, planFilter } from "./compile.ts";
import { argumentAt, type WordTest } from "./conditions.ts";
import type { Way } from "./rule-order.ts";
import type { CallRules } from "./rules.ts";

/** One call, as its program makes it. */
export interface Call {
  readonly architecture: SeccompArch;
  /** As a filter sees it: x32's have bit 30, MIPS's begin at 4000, 5000 or 6000. (syscall-numbers.ts finds it by the name.) */
  readonly number: number;
  /** Up to six, 64 bits each; 0 where absent. */
  readonly args: readonly bigint[];
}

/** Why a call gets what it gets. */
export type Reason =
  /** A rule of the profile. */
  | "rule"
  /** No rule is about it, or none whose conditions hold: the default action. */
  | "default"
  /** It is newer than any call that the profile names: ENOSYS, so that programs do without. */
  | "newer"
  /** Its architecture is neither the machine's own nor named. */
  | "architecture";

/** What a profile decides about a call. */
export interface Verdict {
  /** The filter's return value. */
  readonly word: number;
  readonly action: SeccompAction;
  /** The errno, or the message of a tracer's event; undefined for actions that have none. */
  readonly data: number | undefined;
  readonly reason: Reason;
  /** The place in config.json that decides. */
  readonly pointer: string;
}

/** An architecture under which no filter runs the profile's rules. */
const STRANGE = "/linux/seccomp/architectures";
const DEFAULT = "/linux/seccomp/defaultAction";
/** A tracer's way to skip a call. */
const MINUS_ONE = 0xffffffff;

/**
 * Finds what a filter made of this profile returns for a call, and by which rule, as compileSeccomp() would for the machine on
 * which such calls occur. Pure.
 * @throws TsrunError for what can't be filtered, with its place in config.json
 */
export function explainSeccomp(profile: Seccomp, call: Call): Verdict {
  return explainCall(planFilter(profile, machineOf(call.architecture)), call);
}

/** The same for a profile that was read for the call's machine. */
export function explainCall(plan: Plan, call: Call): Verdict {
  const { audit } = architectureOf(call.architecture);
  // Calls of x86-64 and x32 come under one value, and are told apart by their numbers.
  const parts = plan.parts.filter(({ architecture }) => architecture.audit === audit);
  const part = parts.findLast(({ architecture }) => architecture.base <= call.number) ?? parts[0];
  if (part === undefined) return verdict(badArchitecture, "architecture", STRANGE);
  if (part.architecture.name === "SCMP_ARCH_X86_64" && call.number >= X32_BIT) {
    if (call.number === MINUS_ONE) return verdict(plan.defaultWord, "default", DEFAULT);
    return verdict(badArchitecture, "architecture", STRANGE);
  }
  return decideCall(plan, part, call);
}

function decideCall({ defaultWord }: Plan, part: Part, { number, args }: Call): Verdict {
  const newer = (): Verdict =>
    part.beyond === defaultWord
      ? verdict(defaultWord, "default", DEFAULT)
      : verdict(part.beyond, "newer", "/linux/seccomp/syscalls");
  if (isBeyond(part, number)) return newer();
  const calls = callsAt(part, number);
  const rule = calls === undefined ? undefined : decidingRule(calls, part, args);
  return rule === undefined
    ? verdict(defaultWord, "default", DEFAULT)
    : verdict(rule.word, "rule", `/linux/seccomp/syscalls/${rule.index}`);
}

function decidingRule(
  { rules, decision }: CallRules,
  part: Part,
  args: readonly bigint[],
): Pick<Way, "word" | "index"> | undefined {
  if (typeof decision === "number") return rules.find(({ conditions }) => conditions.length === 0);
  return decision.find(({ tests }) => tests.every((test) => outcomeFor(test, part, args) === test.outcome));
}

/** A test's outcome for arguments. */
function outcomeFor(
  { offset, mask, comparison, value }: WordTest,
  part: Part,
  args: readonly bigint[],
): boolean {
  const [index, second] = argumentAt(offset);
  const isHigh = second !== part.architecture.bigEndian;
  const argument = BigInt.asUintN(64, args[index] ?? 0n);
  const word = (Number(isHigh ? argument >> 32n : argument & 0xffffffffn) & mask) >>> 0;
  switch (comparison) {
    case compare.equal:
      return word === value;
    case compare.greater:
      return word > value;
    case compare.greaterOrEqual:
      return word >= value;
  }
}

function verdict(word: number, reason: Reason, pointer: string): Verdict {
  return { word, ...describeWord(word), reason, pointer };
}
