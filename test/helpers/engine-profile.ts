// Podman's default profile, which has the shape of Docker's, resolved as an engine does for a container.
import { execFileSync } from "node:child_process";
import type { Seccomp, SeccompRule } from "../../src/oci/types.ts";
import { type DebianFile, downloadDebianFile } from "./debian-file.ts";

const file: DebianFile = {
  path: "pool/main/g/golang-github-containers-common/golang-github-containers-common_0.50.1+ds1-4_all.deb",
  sha256: "39d5c31902c4ce55bd419286946d0b291383169585f1b3509000f6bf57454181",
};

/** When a rule holds, in the engines' own format. */
interface Clause {
  readonly arches?: readonly string[];
  readonly caps?: readonly string[];
}

interface EngineRule extends SeccompRule {
  readonly includes: Clause;
  readonly excludes: Clause;
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

/** The profile for one architecture (by Go's name) as config.json has it. @throws when it can't be downloaded */
export function engineProfile(arch: "amd64" | "arm64"): Seccomp {
  const archive = downloadDebianFile(file, "build/engine-profile");
  const unpack = 'dpkg-deb --fsys-tarfile "$0" | tar -xO ./usr/share/containers/seccomp.json';
  const profile = JSON.parse(execFileSync("sh", ["-c", unpack, archive], { encoding: "utf8" })) as {
    defaultAction: Seccomp["defaultAction"];
    defaultErrnoRet: number;
    syscalls: EngineRule[];
  };
  const architectures: Seccomp["architectures"] =
    arch === "amd64"
      ? ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]
      : ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"];
  const { defaultAction, defaultErrnoRet } = profile;
  const syscalls = profile.syscalls.filter((rule) => holds(rule, arch));
  return { defaultAction, defaultErrnoRet, architectures, syscalls };
}
