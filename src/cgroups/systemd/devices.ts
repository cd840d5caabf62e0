import type { Resources } from "../../oci/types.ts";
import { type EffectiveRule, effectiveRules } from "../device-rules.ts";
import type { SystemdHost } from "./host.ts";
import { text, type UnitProperty } from "./property.ts";

/** systemd takes numbers of devices that don't exist, and major numbers without a name, from this version on (its NEWS). */
const NUMBERS_SINCE = 240;
const kinds = { b: "block", c: "char" } as const;
type Kind = keyof typeof kinds;

/** What is known of the host's devices; asked for systemds before 240 alone. */
export interface KnownDevices {
  /** The text of /proc/devices (proc(5)). */
  readonly list: () => string;
  readonly exists: (path: string) => boolean;
}

/** Device rules for systemd, and those that it cannot be told. */
export interface DeviceProperties {
  readonly properties: readonly UnitProperty[];
  /**
   * Rules of config.json that the properties don't hold: whenever systemd sets a unit's devices anew
   * (`systemctl daemon-reload`) they are as good as gone.
   */
  readonly untold: readonly EffectiveRule[];
}

/** One kind of device with the letters of access that it has. */
interface Grant {
  readonly rule: EffectiveRule & { readonly type: Kind };
  readonly access: string;
}

/**
 * The container's device rules as DevicePolicy and DeviceAllow, which can only grant: nodes, whole major numbers, and
 * whole kinds (systemd.resource-control(5)).
 *
 * systemd sets them on its own account again and again, so they must hold for themselves. On cgroup v2 its program stands
 * beside ours and both must agree: what it cannot say exactly it is told too widely, ours stays exact, and access is never
 * lost. On v1 there is one list, systemd's last word: what it cannot say exactly is not granted there.
 */
export function toProperties(
  resources: Resources,
  host: SystemdHost,
  devices: KnownDevices,
): DeviceProperties {
  const rules = effectiveRules(resources);
  const all = rules.findLastIndex(({ type }) => type === "a");
  const later = rules.slice(all + 1);
  if (rules[all]?.allow === true) return allButSome(later, host);
  const { grants, untold } = settle(later, host);
  const entries = grants.map((grant) => ({ grant, path: describe(grant.rule, host, devices) }));
  const said = entries.flatMap(({ grant, path }) =>
    path === undefined ? [] : [[path, grant.access] as const],
  );
  const unsaid = entries.flatMap(({ grant, path }) => (path === undefined ? [grant.rule] : []));
  return { properties: policy("strict", said), untold: [...untold, ...unsaid] };
}

/** Everything, or everything but what later rules take away, for which systemd has no words. */
function allButSome(later: readonly EffectiveRule[], { cgroups }: SystemdHost): DeviceProperties {
  const denied = later.filter(({ allow }) => !allow);
  if (denied.length === 0 || cgroups === 2) return { properties: policy("auto", []), untold: [] };
  return { properties: policy("strict", []), untold: denied };
}

/** An empty list first, as another adds to the one that the unit has. */
function policy(name: "auto" | "strict", allowed: readonly (readonly [string, string])[]): UnitProperty[] {
  const clear: UnitProperty = { name: "DeviceAllow", value: { type: "a(ss)", value: [] } };
  const properties = [text("DevicePolicy", name), clear];
  return allowed.length === 0
    ? properties
    : [...properties, { name: "DeviceAllow", value: { type: "a(ss)", value: allowed } }];
}

/** What is granted in the end where everything was denied before. A denial takes letters off the grants that it covers. */
function settle(
  rules: readonly EffectiveRule[],
  { cgroups }: SystemdHost,
): { readonly grants: readonly Grant[]; readonly untold: readonly EffectiveRule[] } {
  let grants: Grant[] = [];
  const untold: EffectiveRule[] = [];
  for (const rule of rules) {
    if (rule.allow) {
      if (isOfOneKind(rule)) grants.push({ rule, access: rule.access });
      continue;
    }
    // v1's controller knows no part of a grant either: it ignores such a denial (cgroup-v1/devices.rst).
    if (cgroups === 1 && grants.some((grant) => meets(rule, grant.rule) && !covers(rule, grant.rule))) {
      untold.push(rule);
    }
    grants = grants.map((grant) => (covers(rule, grant.rule) ? without(grant, rule.access) : grant));
  }
  return { grants: merged(grants.filter(({ access }) => access !== "")), untold };
}

function isOfOneKind(rule: EffectiveRule): rule is Grant["rule"] {
  return rule.type !== "a";
}

function without({ rule, access }: Grant, letters: string): Grant {
  return { rule, access: [...access].filter((letter) => !letters.includes(letter)).join("") };
}

/** Whether every device of `inner` is one of `outer`. */
function covers(outer: EffectiveRule, inner: EffectiveRule): boolean {
  const within = (key: "major" | "minor") => outer[key] === undefined || outer[key] === inner[key];
  return outer.type === inner.type && within("major") && within("minor");
}

function meets(one: EffectiveRule, other: EffectiveRule): boolean {
  const same = (key: "major" | "minor") =>
    one[key] === undefined || other[key] === undefined || one[key] === other[key];
  return one.type === other.type && same("major") && same("minor");
}

/** One grant for the same devices, with all its letters. */
function merged(grants: readonly Grant[]): Grant[] {
  const byDevices = new Map<string, Grant>();
  for (const { rule, access } of grants) {
    const key = `${rule.type} ${rule.major}:${rule.minor}`;
    const letters = new Set([...(byDevices.get(key)?.access ?? ""), ...access]);
    byDevices.set(key, { rule, access: [..."rwm"].filter((letter) => letters.has(letter)).join("") });
  }
  return [...byDevices.values()];
}

/** How systemd names the devices of a grant; undefined where it has no name for them and may not be told too much. */
function describe(
  rule: Grant["rule"],
  { version, cgroups }: SystemdHost,
  known: KnownDevices,
): string | undefined {
  const kind = kinds[rule.type];
  const { major, minor } = rule;
  const wider = cgroups === 2 ? `${kind}-*` : undefined;
  if (major === undefined) return minor === undefined ? `${kind}-*` : wider;
  if (minor === undefined) {
    if (version >= NUMBERS_SINCE) return `${kind}-${major}`;
    const group = groupName(known.list(), kind, major);
    return group === undefined ? wider : `${kind}-${group}`;
  }
  const path = `/dev/${kind}/${major}:${minor}`;
  return version >= NUMBERS_SINCE || known.exists(path) ? path : wider;
}

/** The first name that /proc/devices has for a major number. */
function groupName(list: string, kind: (typeof kinds)[Kind], major: number): string | undefined {
  const heading = kind === "block" ? "Block devices:" : "Character devices:";
  const [, section = ""] = list.split(heading);
  const lines = section.split("\n").slice(1);
  const end = lines.findIndex((line) => line.trim() === "");
  const entries = lines.slice(0, end < 0 ? undefined : end).map((line) => line.trim().split(/\s+/, 2));
  return entries.find(([number]) => number === String(major))?.[1];
}
