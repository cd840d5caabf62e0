/** A place where our schemas and the official ones judge differently, on purpose. */
export interface Difference {
  /** Who refuses what the other takes. */
  readonly refuses: "ours" | "official";
  /** JSON pointers of the faults. */
  readonly at: RegExp;
  /** What a valid document must have beside the rest to show it. */
  readonly example: Readonly<Record<string, unknown>>;
  readonly reason: string;
}

const newer = "a property of runtime-spec 1.3, which the official schema at hand (1.2) does not know";
const notRead = "a section for another platform, which is not read on Linux: any object will do";

export const configDifferences: readonly Difference[] = [
  {
    refuses: "ours",
    at: /^\/linux\/memoryPolicy(\/|$)/,
    example: { linux: { memoryPolicy: {} } },
    reason: newer,
  },
  {
    refuses: "ours",
    at: /^\/linux\/netDevices(\/|$)/,
    example: { linux: { netDevices: { eth0: { name: 1 } } } },
    reason: newer,
  },
  {
    refuses: "ours",
    at: /^\/linux\/intelRdt\/(schemata|enableMonitoring)(\/|$)/,
    example: { linux: { intelRdt: { schemata: "L3:0=f" } } },
    reason: newer,
  },
  { refuses: "ours", at: /^\/freebsd$/, example: { freebsd: 1 }, reason: newer },
  { refuses: "official", at: /^\/windows\//, example: { windows: {} }, reason: notRead },
  { refuses: "official", at: /^\/solaris\//, example: { solaris: { milestone: 1 } }, reason: notRead },
  { refuses: "official", at: /^\/zos\//, example: { zos: { devices: [1] } }, reason: notRead },
  { refuses: "official", at: /^\/vm\//, example: { vm: {} }, reason: notRead },
  {
    refuses: "official",
    at: /^\/linux\/devices\/\d+\/fileMode$/,
    example: { linux: { devices: [{ type: "c", path: "/dev/x", fileMode: 0o20666 }] } },
    reason:
      "the official limit, 512, forbids 0666; runc takes 32 bits, and engines send the kind's bits along",
  },
  {
    refuses: "official",
    at: /^\/linux\/seccomp\/architectures\/\d+$/,
    example: {
      linux: { seccomp: { defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_LOONGARCH64"] } },
    },
    reason: "an architecture of runtime-spec 1.2.1 (as are M68K, SH and SHEB)",
  },
  {
    refuses: "official",
    at: /^\/linux\/rootfsPropagation$/,
    example: { linux: { rootfsPropagation: "rslave" } },
    reason: "runc takes the recursive kinds and the empty string, and engines send them",
  },
];

export const stateDifferences: readonly Difference[] = [
  {
    refuses: "official",
    at: /^\/status$/,
    example: { status: "paused" },
    reason: "the specification lets a runtime add statuses, and engines know runc's paused",
  },
];

export const featuresDifferences: readonly Difference[] = [
  {
    refuses: "official",
    at: /^\/linux\/seccomp\/archs\/\d+$/,
    example: { linux: { seccomp: { archs: ["SCMP_ARCH_LOONGARCH64"] } } },
    reason: "an architecture of runtime-spec 1.2.1 (as are M68K, SH and SHEB)",
  },
  {
    refuses: "ours",
    at: /^\/linux\/intelRdt\/(schemata|monitoring)$/,
    example: { linux: { intelRdt: { schemata: 1 } } },
    reason: newer,
  },
  {
    refuses: "ours",
    at: /^\/linux\/memoryPolicy(\/|$)/,
    example: { linux: { memoryPolicy: { modes: 1 } } },
    reason: newer,
  },
  {
    refuses: "ours",
    at: /^\/linux\/netDevices(\/|$)/,
    example: { linux: { netDevices: { enabled: 1 } } },
    reason: newer,
  },
];
