import { TsrunError } from "../../base/errors.ts";
import type { EffectiveRule } from "../device-rules.ts";

/** Devices of a kind, and what may be done with them (or may not), as a line of devices.list has them. */
export interface DeviceException {
  readonly type: "b" | "c";
  readonly major: number | undefined;
  readonly minor: number | undefined;
  /** Letters of read, write, mknod. */
  readonly access: string;
  /** JSON pointer to the rule that asks for it; none where it was read from the kernel. */
  readonly pointer?: string;
}

/** The state of a v1 devices cgroup: what holds for all devices, and what is otherwise for some (cgroup-v1/devices.rst). */
export interface DeviceList {
  readonly allowsOthers: boolean;
  readonly exceptions: readonly DeviceException[];
}

const ALL = "rwm";
const without = (letters: string, others: string) =>
  [...letters].filter((one) => !others.includes(one)).join("");
const common = (letters: string, others: string) =>
  [...letters].filter((one) => others.includes(one)).join("");
const union = (letters: string, others: string) =>
  [...ALL].filter((one) => (letters + others).includes(one)).join("");

/** The devices that an exception is about, as the kernel writes them. */
export function devicesOf({ type, major, minor }: Pick<DeviceException, "type" | "major" | "minor">): string {
  return `${type} ${major ?? "*"}:${minor ?? "*"}`;
}

/** Whether devices of `inner` are all among those of `outer`. */
function contains(outer: DeviceException, inner: DeviceException): boolean {
  return (
    outer.type === inner.type &&
    (outer.major === undefined || outer.major === inner.major) &&
    (outer.minor === undefined || outer.minor === inner.minor)
  );
}

function overlaps(one: DeviceException, other: DeviceException): boolean {
  const meet = (a: number | undefined, b: number | undefined) =>
    a === undefined || b === undefined || a === b;
  return one.type === other.type && meet(one.major, other.major) && meet(one.minor, other.minor);
}

/**
 * What rules come to in their order, a later one winning. The kernel would take from exceptions only what is named exactly
 * as before, and say nothing of the rest.
 * @throws TsrunError for a rule that takes something out of a wider one, which a list of exceptions cannot say
 */
export function listOf(rules: readonly EffectiveRule[]): DeviceList {
  let list: DeviceList = { allowsOthers: false, exceptions: [] };
  for (const rule of rules) {
    if (rule.type === "a") list = { allowsOthers: rule.allow, exceptions: [] };
    else {
      const exception = { ...rule, type: rule.type };
      const change = rule.allow === list.allowsOthers ? withdraw : add;
      list = { ...list, exceptions: change(list.exceptions, exception) };
    }
  }
  return list;
}

function add(exceptions: readonly DeviceException[], added: DeviceException): DeviceException[] {
  const same = exceptions.find((one) => devicesOf(one) === devicesOf(added));
  if (same === undefined) return [...exceptions, added];
  const merged = { ...added, access: union(same.access, added.access) };
  return exceptions.map((one) => (one === same ? merged : one));
}

function withdraw(exceptions: readonly DeviceException[], withdrawn: DeviceException): DeviceException[] {
  return exceptions.flatMap((one) => {
    if (!overlaps(one, withdrawn) || common(one.access, withdrawn.access) === "") return [one];
    if (!contains(withdrawn, one)) throw holeIn(one, withdrawn);
    const access = without(one.access, withdrawn.access);
    return access === "" ? [] : [{ ...one, access }];
  });
}

function holeIn(wider: DeviceException, rule: DeviceException): TsrunError {
  const [inner, outer] = [rule, wider].map((one) => `${devicesOf(one)} ${one.access}`);
  return new TsrunError(`cgroup v1 cannot except ${inner} from the device rule ${outer} before it`, {
    ...(rule.pointer === undefined ? {} : { pointer: rule.pointer }),
    hint: "its lists of devices take nothing out of a wildcard: name the other devices instead of it",
  });
}

/** The state that devices.list shows; of a list that allows others the exceptions don't show. */
export function parseList(text: string): DeviceList {
  const lines = text.split("\n").filter(Boolean);
  if (lines.some((line) => line.startsWith("a"))) return { allowsOthers: true, exceptions: [] };
  return { allowsOthers: false, exceptions: lines.map(parseLine) };
}

function parseLine(line: string): DeviceException {
  const [type, major = "", minor = "", access = ""] = line.split(/[ :]/);
  const number = (text: string) => (text === "*" ? undefined : Number(text));
  return { type: type === "b" ? "b" : "c", major: number(major), minor: number(minor), access };
}

/** A line for devices.allow or devices.deny. */
export interface DeviceChange {
  readonly allow: boolean;
  /** The whole list when undefined. */
  readonly exception: DeviceException | undefined;
}

/**
 * The fewest changes that make one list of another: what is in both stays in force, so that nobody is denied for a moment what
 * they may do before and after. Exceptions that don't show make it necessary to begin anew.
 */
export function changes(from: DeviceList, to: DeviceList): DeviceChange[] {
  const anew = from.allowsOthers || to.allowsOthers;
  const before = anew ? [] : from.exceptions;
  return [
    ...(anew ? [{ allow: to.allowsOthers, exception: undefined }] : []),
    ...beyond(to.exceptions, before).map((exception) => ({ allow: !to.allowsOthers, exception })),
    ...beyond(before, to.exceptions).map((exception) => ({ allow: to.allowsOthers, exception })),
  ];
}

/** What exceptions say that others don't. */
function beyond(
  exceptions: readonly DeviceException[],
  others: readonly DeviceException[],
): DeviceException[] {
  return exceptions.flatMap((one) => {
    const same = others.find((other) => devicesOf(other) === devicesOf(one));
    const access = without(one.access, same?.access ?? "");
    return access === "" ? [] : [{ ...one, access }];
  });
}
