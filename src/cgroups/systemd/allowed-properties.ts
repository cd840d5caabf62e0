/** What annotations begin with that are properties of the container's unit (runc's docs/systemd.md). */
export const annotationPrefix = "org.systemd.property.";

/** The type that D-Bus gives a property, by its letters (org.freedesktop.systemd1(5)). */
export type PropertyType = "b" | "i" | "u" | "t" | "s" | "as" | "ay";

/**
 * The properties that annotations of a configuration may set, with their types: limits, what becomes of the unit in the end,
 * its order among others, its description. None lets whoever may write annotations, which in a cluster is many a user
 * (CVE-2024-3154), act on the host, on other units or on devices.
 */
export const allowedProperties: Readonly<Record<string, PropertyType>> = {
  // Limits and weights (systemd.resource-control(5)). What linux.resources says of the same comes after and wins.
  AllowedCPUs: "ay",
  AllowedMemoryNodes: "ay",
  BlockIOWeight: "t",
  CPUQuotaPerSecUSec: "t",
  CPUQuotaPeriodUSec: "t",
  CPUShares: "t",
  CPUWeight: "t",
  IOWeight: "t",
  MemoryHigh: "t",
  MemoryLimit: "t",
  MemoryLow: "t",
  MemoryMax: "t",
  MemoryMin: "t",
  MemorySwapMax: "t",
  MemoryZSwapMax: "t",
  MemoryZSwapWriteback: "b",
  StartupAllowedCPUs: "ay",
  StartupAllowedMemoryNodes: "ay",
  StartupBlockIOWeight: "t",
  StartupCPUShares: "t",
  StartupCPUWeight: "t",
  StartupIOWeight: "t",
  TasksMax: "t",
  // Memory running out.
  ManagedOOMMemoryPressure: "s",
  ManagedOOMMemoryPressureLimit: "u",
  ManagedOOMPreference: "s",
  ManagedOOMSwap: "s",
  OOMPolicy: "s",
  // What is counted.
  BlockIOAccounting: "b",
  CPUAccounting: "b",
  IOAccounting: "b",
  IPAccounting: "b",
  MemoryAccounting: "b",
  TasksAccounting: "b",
  // The end: Podman and CRI-O say how and when systemd is to stop a container (systemd.kill(5), systemd.scope(5)).
  CollectMode: "s",
  FinalKillSignal: "i",
  KillMode: "s",
  KillSignal: "i",
  RuntimeMaxUSec: "t",
  RuntimeRandomizedExtraUSec: "t",
  SendSIGHUP: "b",
  SendSIGKILL: "b",
  TimeoutStopUSec: "t",
  // Order alone, which starts and stops nothing but this unit (systemd.unit(5)).
  After: "as",
  Before: "as",
  DefaultDependencies: "b",
  PartOf: "as",
  // For people.
  Description: "s",
  Documentation: "as",
};

/** The type of a property that annotations may set; undefined for one that they may not. */
export function allowedType(name: string): PropertyType | undefined {
  return Object.hasOwn(allowedProperties, name) ? allowedProperties[name] : undefined;
}

const reasons: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [
    /^Exec|Environment|^Root(Directory|Image)$|^Bind(ReadOnly)?Paths/,
    "it is for services, which run programs; a container's unit doesn't",
  ],
  [/Action$|Reboot|^StartLimit|^JobTimeout|ExitStatus$/, "it acts on the whole machine"],
  [
    /^(On(Success|Failure)|Wants|WantedBy|Require|Requisite|BindsTo|BoundBy|Upholds|UpheldBy|Conflicts|Propagates|Triggers|StopPropagatedFrom|JoinsNamespaceOf|AddRef)/,
    "it starts or stops other units, or holds on to this one",
  ],
  [/^Device/, "linux.resources.devices decides which devices the container has"],
  [/^(BPF|IP|Restrict|Socket|NFT)/, "it loads programs and rules into the kernel"],
  [
    /^(User|Group|PIDs|PIDFDs|Slice|Delegate|Controller|Names|Id)/,
    "tsrun decides it: which processes the unit has, and where",
  ],
];

/** Why a property is not allowed. */
export function refusalReason(name: string): string {
  const [, reason] = reasons.find(([pattern]) => pattern.test(name)) ?? [];
  return reason ?? "it is not among the properties that annotations may set";
}
