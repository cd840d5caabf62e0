import { TsrunError } from "../base/errors.ts";
import { log } from "../base/log.ts";
import { range } from "../base/range.ts";
import { capabilityNames, type capabilitySets } from "../oci/capabilities.ts";
import type { Capabilities } from "../oci/types.ts";
import { type CapabilitySets, capset } from "../sys/capset.ts";
import type { Executor } from "../sys/executor.ts";
import { readParameter } from "../sys/host-proc.ts";
import { clearAmbient, dropBounding, raiseAmbient } from "../sys/prctl.ts";

/** The capability sets of a container's process as numbers, decided before anything runs; bit n for capability n. */
export interface CapabilityPlan extends CapabilitySets {
  readonly bounding: bigint;
  readonly ambient: bigint;
  /** The highest capability that the running kernel knows. */
  readonly last: number;
}

/** What the machine has to give. */
export interface CapabilityLimits {
  /** The highest capability that the running kernel knows. */
  readonly last: number;
  /** What the process that becomes the container's may have: all of them in a new user namespace. */
  readonly available: bigint;
  /** What it has already as inheritable: none in a new user namespace. */
  readonly inheritable?: bigint;
  /** Whether its bounding set has a capability; asked for those alone that are not available. */
  readonly isBounding?: (capability: number) => boolean;
}

/** The highest capability of the running kernel (proc_sys_kernel(5), cap_last_cap). */
export function lastCapability(): number {
  const last = readParameter("kernel/cap_last_cap");
  if (last === undefined)
    throw new TsrunError("looking for the last capability: /proc/sys/kernel/cap_last_cap cannot be read");
  return Number(last);
}

/** Every capability up to `last`. */
export function allCapabilities(last: number): bigint {
  return (1n << BigInt(last + 1)) - 1n;
}

/**
 * Turns config.json's sets into numbers. Without the section every capability is dropped, as runc did until 1.2. A name
 * that the kernel is too old for is a warning, and so is an ambient capability that the kernel would not raise (both as in
 * runc), and a bounding one that tsrun's own bounding set lacks, which nothing brings back; names that nobody knows have
 * been warned of when the configuration was checked.
 * @throws TsrunError where the kernel would refuse the sets only when the container starts (capset(2) EPERM)
 */
export function planCapabilities(wanted: Capabilities = {}, limits: CapabilityLimits): CapabilityPlan {
  const sets = {
    bounding: toSet(wanted.bounding),
    effective: toSet(wanted.effective),
    inheritable: toSet(wanted.inheritable),
    permitted: toSet(wanted.permitted),
    ambient: toSet(wanted.ambient),
  };
  const known = allCapabilities(limits.last);
  const beyond = Object.values(sets).reduce((all, set) => all | set, 0n) & ~known;
  if (beyond !== 0n) log.warn(`ignoring capabilities unknown to the running kernel: ${namesOf(beyond)}`);
  const permitted = sets.permitted & known;
  const inheritable = sets.inheritable & known;
  const effective = sets.effective & known;
  refuse("permitted", permitted & ~limits.available, "which tsrun itself does not have");
  refuse("effective", effective & ~permitted, "which are not permitted");
  const bounding = boundingOf(sets.bounding & known, limits);
  refuse(
    "inheritable",
    inheritable & ~(bounding | (limits.inheritable ?? 0n)),
    "which the bounding set lacks",
  );
  const raisable = permitted & inheritable;
  warnOfAmbient(sets.ambient & known & ~raisable);
  const ambient = sets.ambient & raisable;
  return { bounding, effective, inheritable, permitted, ambient, last: limits.last };
}

/** What of the wanted bounding set there can be: it only ever shrinks (capabilities(7)). */
function boundingOf(wanted: bigint, { available, isBounding = () => true }: CapabilityLimits): bigint {
  const missing = toBits(members(wanted & ~available).filter((number) => !isBounding(number)));
  if (missing !== 0n)
    log.warn(`can't grant bounding capabilities that tsrun's own set lacks: ${namesOf(missing)}`);
  return wanted & ~missing;
}

/**
 * Drops what is not in the bounding set; queued. Comes first: it needs CAP_SETPCAP, which a change of user to other
 * than root makes ineffective even where it is kept.
 */
export function applyBoundingSet(k: Executor, plan: CapabilityPlan): void {
  for (const number of members(allCapabilities(plan.last) & ~plan.bounding)) {
    dropBounding(k, number, nameOf(number));
  }
}

/**
 * Gives the process its capabilities; queued. Comes after the change of user, which would clear the effective and the
 * ambient set again (capabilities(7)); ambient ones last, as they must be permitted and inheritable by then.
 */
export function applyCapabilities(k: Executor, plan: CapabilityPlan): void {
  capset(k, plan);
  clearAmbient(k);
  for (const number of members(plan.ambient)) raiseAmbient(k, number, nameOf(number));
}

function toSet(names: readonly string[] = []): bigint {
  return toBits(names.map((name) => (capabilityNames as readonly string[]).indexOf(name)));
}

/** A set out of numbers; a negative one is none. */
function toBits(numbers: readonly number[]): bigint {
  return numbers.reduce((set, number) => (number < 0 ? set : set | (1n << BigInt(number))), 0n);
}

function members(set: bigint): number[] {
  return range(0, set.toString(2).length - 1).filter((number) => (set >> BigInt(number)) % 2n === 1n);
}

/** A kernel newer than the table has capabilities without a name; they are dropped like the others. */
function nameOf(number: number): string {
  return capabilityNames[number] ?? `capability ${number}`;
}

function namesOf(set: bigint): string {
  return members(set).map(nameOf).join(", ");
}

/** In the kernel's words, too: Podman looks for them to tell that the command cannot be invoked. */
function refuse(set: (typeof capabilitySets)[number], excess: bigint, reason: string): void {
  if (excess === 0n) return;
  const message = `unable to give the ${set} capabilities ${namesOf(excess)}, ${reason}: operation not permitted`;
  throw new TsrunError(message, { pointer: `/process/capabilities/${set}` });
}

function warnOfAmbient(refused: bigint): void {
  for (const number of members(refused)) {
    log.warn(`can't raise ambient capability ${nameOf(number)}: not both permitted and inheritable`);
  }
}
