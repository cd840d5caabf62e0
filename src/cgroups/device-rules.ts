import { TsrunError } from "../base/errors.ts";
import type { DeviceRule, Resources } from "../oci/types.ts";

/** A rule of the devices cgroup with every property decided; undefined stands for any number. */
export interface EffectiveRule {
  readonly allow: boolean;
  readonly type: "a" | "b" | "c";
  readonly major: number | undefined;
  readonly minor: number | undefined;
  /** Letters of read, write, mknod. */
  readonly access: string;
  readonly pointer: string;
}

const POINTER = "/linux/resources/devices";
const ANY = -1;
const MKNOD = "m";
const ALL = "rwm";

const [MEM, TTY, PTS] = [1, 5, 136];
/**
 * What every container may use (runtime-spec config-linux.md "Default Devices"): any node may be made, but only null, zero,
 * full, random, urandom, tty, ptmx and pseudo-terminals can be opened.
 */
const always: readonly EffectiveRule[] = [
  granted("c", undefined, undefined, MKNOD),
  granted("b", undefined, undefined, MKNOD),
  ...[3, 5, 7, 8, 9].map((minor) => granted("c", MEM, minor, ALL)),
  granted("c", TTY, 0, ALL),
  granted("c", TTY, 2, ALL),
  granted("c", PTS, undefined, ALL),
];

function granted(
  type: "b" | "c",
  major: number | undefined,
  minor: number | undefined,
  access: string,
): EffectiveRule {
  return { allow: true, type, major, minor, access, pointer: POINTER };
}

/**
 * The rules in the order in which they take effect: everything is denied, then come those of config.json as they stand,
 * then the devices that every container has. A later rule wins.
 */
export function effectiveRules({ devices = [] }: Resources): EffectiveRule[] {
  const configured = devices.map(decide).filter(({ access }) => access !== "");
  const first = configured[0];
  const denyAll: EffectiveRule = { ...granted("c", undefined, undefined, ALL), type: "a", allow: false };
  const start = first?.type === "a" && !first.allow ? [] : [denyAll];
  return [...start, ...configured, ...always];
}

function decide(rule: DeviceRule, index: number): EffectiveRule {
  const pointer = `${POINTER}/${index}`;
  const type = rule.type === "b" || rule.type === "c" ? rule.type : "a";
  const [major, minor] = [rule.major, rule.minor].map((number) =>
    number === undefined || number === ANY ? undefined : Number(number),
  );
  const access = [...ALL].filter((letter) => rule.access?.includes(letter)).join("");
  if (type !== "a") return { allow: rule.allow, type, major, minor, access, pointer };
  // The kernel reads nothing after "a": a rule that says more would do more than it says.
  if (major === undefined && minor === undefined && (access === ALL || access === "")) {
    return { allow: rule.allow, type, major, minor, access: ALL, pointer };
  }
  throw new TsrunError("a device rule for all types must be for all numbers and for the access rwm", {
    pointer,
  });
}
