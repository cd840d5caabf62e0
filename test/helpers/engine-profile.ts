// The engines' default profiles, resolved as they do for a container.
import type { Seccomp, SeccompRule } from "../../src/oci/types.ts";
import { type DebianFile, memberOfPackage } from "./debian-file.ts";

/** Where an engine's profile is found, and which file of the package it is. */
interface Source {
  readonly file: DebianFile;
  readonly member: string;
}

const sources = {
  podman: {
    file: {
      path: "pool/main/g/golang-github-containers-common/golang-github-containers-common_0.50.1+ds1-4_all.deb",
      sha256: "39d5c31902c4ce55bd419286946d0b291383169585f1b3509000f6bf57454181",
    },
    member: "usr/share/containers/seccomp.json",
  },
  docker: {
    file: {
      path: "pool/main/d/docker.io/golang-github-docker-docker-dev_20.10.24+dfsg1-1+deb12u1_all.deb",
      sha256: "ecbf86108a209a86a69dc16a6d6e1f354c31d855237498109401fb3e55042692",
    },
    member: "usr/share/gocode/src/github.com/docker/docker/profiles/seccomp/default.json",
  },
} as const satisfies Record<string, Source>;

/** When a rule holds, in the engines' own format. */
interface Clause {
  readonly arches?: readonly string[];
  readonly caps?: readonly string[];
}

interface EngineRule extends SeccompRule {
  readonly includes: Clause;
  readonly excludes: Clause;
  readonly comment?: string;
}

/** What the engines give a container that asks for nothing. */
const capabilities: readonly string[] =
  `CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP
  NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE`
    .split(/\s+/)
    .map((name) => `CAP_${name}`);

function holds({ includes, excludes }: EngineRule, arch: string): boolean {
  const has = (name: string): boolean => capabilities.includes(name);
  return (
    (includes.arches?.includes(arch) ?? true) &&
    (includes.caps?.every(has) ?? true) &&
    !(excludes.arches?.includes(arch) ?? false) &&
    !(excludes.caps?.some(has) ?? false)
  );
}

/** A profile for one architecture (by Go's name) as config.json has it. @throws when it can't be downloaded */
export function engineProfile(arch: "amd64" | "arm64", engine: keyof typeof sources = "podman"): Seccomp {
  const { file, member } = sources[engine];
  const text = memberOfPackage(file, member, "build/engine-profile");
  const profile = JSON.parse(text) as {
    defaultAction: Seccomp["defaultAction"];
    defaultErrnoRet?: number;
    syscalls: EngineRule[];
  };
  const architectures: Seccomp["architectures"] =
    arch === "amd64"
      ? ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]
      : ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"];
  const { defaultAction, defaultErrnoRet } = profile;
  const syscalls = profile.syscalls
    .filter((rule) => holds(rule, arch))
    .map(({ includes: _includes, excludes: _excludes, comment: _comment, args, ...rule }) => ({
      ...rule,
      args: args ?? [],
    }));
  const more = defaultErrnoRet === undefined ? {} : { defaultErrnoRet };
  return { defaultAction, ...more, architectures, syscalls };
}
