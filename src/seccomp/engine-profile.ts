import type { Seccomp, SeccompArch, SeccompRule } from "../oci/types.ts";
import { machineOf } from "./architectures.ts";

/** For which containers a rule is, in the engines' own format; what is absent asks for nothing. */
interface Clause {
  readonly arches?: readonly string[];
  readonly caps?: readonly string[];
  /** The oldest kernel, `4.8`. */
  readonly minKernel?: string;
}

interface EngineRule extends Omit<SeccompRule, "names"> {
  /** Older profiles have a rule for each name. */
  readonly name?: string;
  readonly names?: readonly string[];
  readonly includes?: Clause;
  readonly excludes?: Clause;
}

/** A profile as the files of Docker and Podman have it (`--security-opt seccomp=FILE`). */
export interface EngineProfile extends Omit<Seccomp, "syscalls"> {
  /** Architectures by the one of the machine. */
  readonly archMap?: readonly {
    readonly architecture: SeccompArch;
    readonly subArchitectures?: readonly SeccompArch[];
  }[];
  readonly syscalls?: readonly EngineRule[];
}

/** The container that a profile is resolved for. */
export interface Resolution {
  readonly architecture: SeccompArch;
  readonly capabilities: readonly string[];
  /** Release of the kernel. */
  readonly kernel: string;
}

/** Go's names of machines, where they are not Node's. */
const goNames: Readonly<Record<string, string>> = { x64: "amd64", sh4: "sh" };

/** What the engines give a container that asks for nothing. */
export const defaultCapabilities: readonly string[] = [
  "CAP_AUDIT_WRITE",
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_FOWNER",
  "CAP_FSETID",
  "CAP_KILL",
  "CAP_MKNOD",
  "CAP_NET_BIND_SERVICE",
  "CAP_NET_RAW",
  "CAP_SETFCAP",
  "CAP_SETGID",
  "CAP_SETPCAP",
  "CAP_SETUID",
  "CAP_SYS_CHROOT",
];

/** Whether a document that has a defaultAction is an engine's and not the specification's: it says more than that knows. */
export function isEngineProfile(profile: Partial<EngineProfile>): boolean {
  const { archMap, syscalls } = profile;
  if (archMap !== undefined) return true;
  if (!Array.isArray(syscalls)) return false;
  return syscalls.some((rule: EngineRule | null) => {
    return rule?.includes !== undefined || rule?.excludes !== undefined || rule?.name !== undefined;
  });
}

/**
 * Makes of an engine's profile what the engine would write into config.json.
 * @returns the profile, and for each of its rules the rule of the engine's that it was
 */
export function resolveEngineProfile(
  { archMap = [], syscalls = [], ...rest }: EngineProfile,
  resolution: Resolution,
): { profile: Seccomp; origins: readonly number[] } {
  const { architecture } = resolution;
  const mapped = archMap.find((entry) => entry.architecture === architecture);
  const architectures =
    mapped === undefined ? rest.architectures : [architecture, ...(mapped.subArchitectures ?? [])];
  const kept = syscalls.flatMap((rule, index) => (holds(rule, resolution) ? [{ rule, index }] : []));
  const profile: Seccomp = {
    ...rest,
    ...(architectures === undefined ? {} : { architectures: [...architectures] }),
    syscalls: kept.map(({ rule }) => specified(rule)),
  };
  return { profile, origins: kept.map(({ index }) => index) };
}

function specified({ name, names = [], includes, excludes, ...rule }: EngineRule): SeccompRule {
  return { ...rule, names: [...(name === undefined ? [] : [name]), ...names] };
}

function holds({ includes = {}, excludes = {} }: EngineRule, resolution: Resolution): boolean {
  const machine = machineOf(resolution.architecture);
  const arch = goNames[machine] ?? machine;
  const has = (name: string): boolean => resolution.capabilities.includes(name);
  const { arches = [], caps = [], minKernel } = includes;
  return (
    (arches.length === 0 || arches.includes(arch)) &&
    caps.every(has) &&
    (minKernel === undefined || isAtLeast(resolution.kernel, minKernel)) &&
    excludes.arches?.includes(arch) !== true &&
    excludes.caps?.some(has) !== true &&
    (excludes.minKernel === undefined || !isAtLeast(resolution.kernel, excludes.minKernel))
  );
}

function isAtLeast(release: string, oldest: string): boolean {
  const [major = 0, minor = 0] = release.split(/[.-]/).map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldest.split(".").map(Number);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}
