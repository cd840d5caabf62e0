import assert from "node:assert/strict";
import { test } from "node:test";
import {
  defaultCapabilities,
  type EngineProfile,
  isEngineProfile,
  resolveEngineProfile,
} from "../../../src/seccomp/engine-profile.ts";

const allow = "SCMP_ACT_ALLOW";
const profile: EngineProfile = {
  defaultAction: "SCMP_ACT_ERRNO",
  archMap: [
    { architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86"] },
    { architecture: "SCMP_ARCH_AARCH64" },
  ],
  syscalls: [
    { names: ["read"], action: allow, includes: {}, excludes: {} },
    { names: ["bpf"], action: allow, includes: { caps: ["CAP_SYS_ADMIN"] } },
    { names: ["clone"], action: allow, excludes: { caps: ["CAP_SYS_ADMIN", "CAP_BPF"] } },
    { names: ["arch_prctl"], action: allow, includes: { arches: ["amd64", "x32"] } },
    { names: ["sync_file_range2"], action: allow, excludes: { arches: ["amd64"] } },
    { names: ["ptrace"], action: allow, includes: { minKernel: "4.8" } },
    { name: "write", action: allow },
  ],
};

function resolved(architecture: "SCMP_ARCH_X86_64" | "SCMP_ARCH_AARCH64", caps: string[], kernel: string) {
  const { profile: made, origins } = resolveEngineProfile(profile, {
    architecture,
    capabilities: caps,
    kernel,
  });
  return { names: made.syscalls?.flatMap(({ names }) => names), archs: made.architectures, origins };
}

test("resolveEngineProfile() keeps the rules for a container of this machine and these capabilities", () => {
  assert.deepEqual(resolved("SCMP_ARCH_X86_64", [], "6.1.0-18-amd64"), {
    names: ["read", "clone", "arch_prctl", "ptrace", "write"],
    archs: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
    origins: [0, 2, 3, 5, 6],
  });
  assert.deepEqual(resolved("SCMP_ARCH_AARCH64", ["CAP_SYS_ADMIN"], "4.7.9"), {
    names: ["read", "bpf", "sync_file_range2", "write"],
    archs: ["SCMP_ARCH_AARCH64"],
    origins: [0, 1, 4, 6],
  });
  assert.ok(resolved("SCMP_ARCH_AARCH64", [], "4.8").names?.includes("ptrace"));
  assert.ok(resolved("SCMP_ARCH_AARCH64", [], "5.0-rc1").names?.includes("ptrace"));
});

test("resolveEngineProfile() leaves nothing of the engine's format", () => {
  const resolution = {
    architecture: "SCMP_ARCH_X86_64",
    capabilities: defaultCapabilities,
    kernel: "6.1",
  } as const;
  const { profile: made } = resolveEngineProfile(profile, resolution);
  assert.equal(isEngineProfile(made), false);
  assert.deepEqual(made.syscalls?.[0], { names: ["read"], action: allow });
});

test("isEngineProfile() tells the engines' format from the specification's", () => {
  assert.equal(isEngineProfile(profile), true);
  assert.equal(isEngineProfile({ syscalls: [{ name: "read", action: allow }] }), true);
  assert.equal(isEngineProfile({ syscalls: [{ names: ["read"], action: allow }] }), false);
  assert.equal(isEngineProfile({ defaultAction: allow }), false);
});
