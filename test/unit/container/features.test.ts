// Each claim of `features` is tried on the code that it is about.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { annotationPrefix } from "../../../src/cgroups/systemd/allowed-properties.ts";
import { annotatedProperties } from "../../../src/cgroups/systemd/annotations.ts";
import { describeFeatures } from "../../../src/container/features.ts";
import { planNamespaces } from "../../../src/namespaces/plan.ts";
import type { Seccomp, SeccompAction, SeccompArgument } from "../../../src/oci/types.ts";
import { parseMountOptions } from "../../../src/rootfs/mount-options.ts";
import { architectures, type Machine } from "../../../src/seccomp/architectures.ts";
import { compileSeccomp } from "../../../src/seccomp/compile.ts";
import { listenerFlags } from "../../../src/seccomp/listener.ts";
import { planCapabilities } from "../../../src/security/capabilities.ts";

const { linux = {}, ...document } = describeFeatures({ version: "1.2", commit: "abc" });
const { seccomp = {}, namespaces = [], capabilities = [] } = linux;

test("describeFeatures() claims the mount options that are not left to file systems", () => {
  const { mountOptions = [] } = document;
  assert.ok(mountOptions.length > 50);
  for (const option of mountOptions) {
    assert.deepEqual(parseMountOptions([option]).data, [], option);
  }
  assert.deepEqual(parseMountOptions(["size=1m"]).data, ["size=1m"]);
});

test("describeFeatures() claims mount options that tests of mounts try", () => {
  const files = readdirSync("test/integration").filter((name) => /mount/.test(name));
  const text = files.map((name) => readFileSync(join("test/integration", name), "utf8")).join("\n");
  const { mountOptions = [] } = document;
  assert.deepEqual(
    mountOptions.filter((option) => !new RegExp(`["\`,]${option}["\`,]`).test(text)),
    [],
  );
});

test("describeFeatures() claims the namespaces that can be made", () => {
  assert.deepEqual(namespaces, ["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"]);
  for (const type of namespaces) {
    const { types, cloned, newCgroup, newTime } = planNamespaces([{ type }]);
    assert.ok(types.has(type) && (cloned !== 0 || newCgroup || newTime), type);
  }
});

test("describeFeatures() claims the capabilities that have a number", () => {
  const last = capabilities.length - 1;
  const sets = { bounding: capabilities, effective: [], inheritable: [], permitted: [], ambient: [] };
  const { bounding } = planCapabilities(sets, { last, available: 2n ** BigInt(last + 1) - 1n });
  assert.equal(bounding, 2n ** BigInt(last + 1) - 1n);
});

test("describeFeatures() claims the seccomp actions that can be compiled", () => {
  const { actions = [] } = seccomp;
  assert.ok(actions.length >= 8);
  for (const action of actions as SeccompAction[]) {
    const rule = { names: ["getcwd"], action };
    const { program } = compileSeccomp({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [rule] }, "x64");
    assert.ok(program.length > 0, action);
  }
});

test("describeFeatures() claims the seccomp operators that can be compiled", () => {
  const { operators = [] } = seccomp;
  assert.equal(operators.length, 7);
  const programs = (operators as SeccompArgument["op"][]).map((op) => {
    const rule = {
      names: ["getcwd"],
      action: "SCMP_ACT_ERRNO" as const,
      args: [{ index: 0, value: 6, valueTwo: 2, op }],
    };
    const { program } = compileSeccomp({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [rule] }, "x64");
    return Buffer.from(program).toString("hex");
  });
  assert.equal(new Set(programs).size, programs.length, "two operators mean the same");
});

/** Those of the specification, sorted. */
const allArchitectures = [
  "SCMP_ARCH_AARCH64",
  "SCMP_ARCH_ARM",
  "SCMP_ARCH_LOONGARCH64",
  "SCMP_ARCH_M68K",
  "SCMP_ARCH_MIPS",
  "SCMP_ARCH_MIPS64",
  "SCMP_ARCH_MIPS64N32",
  "SCMP_ARCH_MIPSEL",
  "SCMP_ARCH_MIPSEL64",
  "SCMP_ARCH_MIPSEL64N32",
  "SCMP_ARCH_PARISC",
  "SCMP_ARCH_PARISC64",
  "SCMP_ARCH_PPC",
  "SCMP_ARCH_PPC64",
  "SCMP_ARCH_PPC64LE",
  "SCMP_ARCH_RISCV64",
  "SCMP_ARCH_S390",
  "SCMP_ARCH_S390X",
  "SCMP_ARCH_SH",
  "SCMP_ARCH_SHEB",
  "SCMP_ARCH_X32",
  "SCMP_ARCH_X86",
  "SCMP_ARCH_X86_64",
];

test("describeFeatures() claims the architectures that filters are made for", () => {
  const known = (Object.keys(architectures) as Machine[]).flatMap((machine) =>
    architectures[machine].map(({ name }) => ({ machine, name })),
  );
  assert.deepEqual(seccomp.archs, allArchitectures);
  assert.equal(known.length, allArchitectures.length);
  for (const { machine, name } of known) {
    const rule = { names: ["getcwd"], action: "SCMP_ACT_ERRNO" as const };
    const compile = (names: (typeof name)[]) =>
      compileSeccomp({ defaultAction: "SCMP_ACT_ALLOW", architectures: names, syscalls: [rule] }, machine);
    const own = architectures[machine][0]?.name === name;
    assert.equal(isDeepStrictEqual(compile([name]), compile([])), own, name);
  }
});

test("describeFeatures() claims the seccomp flags that are given to the kernel", () => {
  const { knownFlags = [], supportedFlags = [] } = seccomp;
  for (const flag of supportedFlags) {
    assert.ok(knownFlags.includes(flag), flag);
    const profile: Seccomp = { defaultAction: "SCMP_ACT_ALLOW", flags: [flag] };
    const { flags } = compileSeccomp(profile, "x64");
    // One of them says how to wait for an agent, and counts only with a listener.
    const more = () => listenerFlags(flags, profile) - listenerFlags(flags, { ...profile, flags: [] });
    assert.notEqual(flags === 0 ? more() : flags, 0, flag);
  }
});

test("describeFeatures() names every annotation that changes what tsrun does", () => {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.ts$/.test(name),
  );
  const readers = files.filter((name) => {
    return /annotations\??\.?\[|entries\(annotations/.test(readFileSync(join("src", name), "utf8"));
  });
  assert.deepEqual(readers, ["cgroups/systemd/annotations.ts"]);
  assert.deepEqual(document.potentiallyUnsafeConfigAnnotations, [annotationPrefix]);
});

test("describeFeatures() claims the systemd properties that annotations may set", () => {
  const names = document.annotations?.["org.tsrun.systemd.properties"]?.split(",") ?? [];
  assert.ok(names.length > 40);
  const texts = ["1", "true", "'a'", "['a']", "b'a'"];
  const works = (name: string) =>
    texts.some((text) => {
      try {
        return annotatedProperties({ [annotationPrefix + name]: text }).length === 1;
      } catch {
        return false;
      }
    });
  assert.deepEqual(
    names.filter((name) => !works(name)),
    [],
  );
});
