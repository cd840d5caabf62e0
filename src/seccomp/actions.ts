import { TsrunError } from "../base/errors.ts";
import type { SeccompAction, SeccompFlag } from "../oci/types.ts";

const EPERM = 1;
const ENOSYS = 38;
/** SECCOMP_RET_DATA: what an action carries. */
const DATA = 0xffff;
const FLAG_SPEC_ALLOW = 4;

const RETURN_ERRNO = 0x00050000;
/** What a filter returns for each action (linux/seccomp.h). */
const words: Readonly<Record<SeccompAction, number>> = {
  SCMP_ACT_KILL: 0,
  SCMP_ACT_KILL_THREAD: 0,
  SCMP_ACT_KILL_PROCESS: 0x80000000,
  SCMP_ACT_TRAP: 0x00030000,
  SCMP_ACT_ERRNO: RETURN_ERRNO,
  SCMP_ACT_NOTIFY: 0x7fc00000,
  SCMP_ACT_TRACE: 0x7ff00000,
  SCMP_ACT_LOG: 0x7ffc0000,
  SCMP_ACT_ALLOW: 0x7fff0000,
};

/** Actions that carry a number: the errno, or the message of a tracer's event. */
const numbered: ReadonlySet<SeccompAction> = new Set(["SCMP_ACT_ERRNO", "SCMP_ACT_TRACE"]);
/**
 * Default actions under which a call does not fail by itself: there a call that is unknown is as good as the others, and a
 * tracer or an agent knows better what to do about it.
 */
const permissive: ReadonlySet<SeccompAction> = new Set([
  "SCMP_ACT_ALLOW",
  "SCMP_ACT_LOG",
  "SCMP_ACT_NOTIFY",
  "SCMP_ACT_TRACE",
]);

/** SECCOMP_FILTER_FLAG_*; WAIT_KILLABLE_RECV says how to wait for an agent: its bit comes with a listener (listener.ts). */
const flags: Readonly<Record<SeccompFlag, number>> = {
  SECCOMP_FILTER_FLAG_TSYNC: 1,
  SECCOMP_FILTER_FLAG_LOG: 2,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: FLAG_SPEC_ALLOW,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: 0,
};

/** Names of the actions and of the flags. */
export const actionNames = Object.keys(words) as SeccompAction[];
export const flagNames = Object.keys(flags) as SeccompFlag[];

/** What libseccomp, and so every runtime, answers to an architecture that the profile does not name. */
export const badArchitecture = 0;

/**
 * An action as the filter's return value.
 * @param number what the rule's errnoRet says, EPERM where absent
 * @param pointer to the number in config.json
 * @throws TsrunError for a number that an action can't carry
 */
export function actionWord(action: SeccompAction, number: number | undefined, pointer: string): number {
  const word = words[action];
  if (!numbered.has(action)) return word;
  if ((number ?? EPERM) > DATA) {
    const message = `the action ${action} cannot carry the number ${number}, only up to ${DATA}`;
    throw new TsrunError(message, { pointer });
  }
  return (word | (number ?? EPERM)) >>> 0;
}

/** What a filter's return value says; of names for the same value the plainest. */
export function describeWord(word: number): { action: SeccompAction; data: number | undefined } {
  const base = (word & ~DATA) >>> 0;
  const action = actionNames.find((name) => words[name] === base) ?? "SCMP_ACT_KILL_PROCESS";
  return { action, data: numbered.has(action) ? word & DATA : undefined };
}

/**
 * The answer to calls that are newer than the profile: ENOSYS where the default action would make them fail, so that
 * programs fall back to what the profile's author knew (runc's rule; EPERM broke glibc with clone3 and faccessat2).
 */
export function beyondWord(action: SeccompAction, defaultWord: number): number {
  return permissive.has(action) ? defaultWord : RETURN_ERRNO | ENOSYS;
}

/**
 * The flags for seccomp(2). Without any list in the profile it is SPEC_ALLOW, as with runc: the kernel's mitigation of
 * speculative store bypass costs more than it brings to a container.
 */
export function flagBits(names: readonly SeccompFlag[] | undefined): number {
  return names?.reduce((bits, name) => bits | flags[name], 0) ?? FLAG_SPEC_ALLOW;
}
