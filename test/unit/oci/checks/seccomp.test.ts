import assert from "node:assert/strict";
import { test } from "node:test";
import { checkConfig } from "../../../../src/oci/checks/index.ts";
import type { Config, Seccomp } from "../../../../src/oci/types.ts";

function report(seccomp: Seccomp) {
  const config: Config = { ociVersion: "1.3.0", root: { path: "rootfs" }, linux: { seccomp } };
  const { faults, warnings } = checkConfig(config, { rootless: false });
  const about = (list: readonly { pointer: string }[]) =>
    list.map(({ pointer }) => pointer).filter((pointer) => pointer.startsWith("/linux/seccomp"));
  return { faults: about(faults), warnings: about(warnings) };
}

const ask = { names: ["mkdir"], action: "SCMP_ACT_NOTIFY" } as const;
const deny = { names: ["chdir"], action: "SCMP_ACT_ERRNO" } as const;

test("checkSeccomp() wants a listenerPath for the action that asks an agent", () => {
  const refused = (pointer: string) => ({ faults: [pointer], warnings: [] });
  const byRule: Seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [deny, ask] };
  assert.deepEqual(report(byRule), refused("/linux/seccomp/syscalls/1/action"));
  assert.deepEqual(report({ ...byRule, listenerPath: "" }), refused("/linux/seccomp/syscalls/1/action"));
  assert.deepEqual(report({ defaultAction: "SCMP_ACT_NOTIFY" }), refused("/linux/seccomp/defaultAction"));
  const fine = { faults: [], warnings: [] };
  assert.deepEqual(report({ ...byRule, listenerPath: "/run/agent", listenerMetadata: "text" }), fine);
  assert.deepEqual(report({ defaultAction: "SCMP_ACT_NOTIFY", listenerPath: "/run/agent" }), fine);
});

test("checkSeccomp() lets a listenerPath pass that nobody needs, and warns of metadata for nobody", () => {
  const profile: Seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [deny] };
  assert.deepEqual(report({ ...profile, listenerPath: "/run/agent" }), { faults: [], warnings: [] });
  assert.deepEqual(report({ ...profile, listenerMetadata: "text" }), {
    faults: [],
    warnings: ["/linux/seccomp/listenerMetadata"],
  });
});

test("checkSeccomp() wants read and execve where the filter comes before the container is started", () => {
  const agent = { listenerPath: "/run/agent" };
  const needed = (...names: string[]): Seccomp => ({
    ...agent,
    defaultAction: "SCMP_ACT_KILL",
    syscalls: [ask, { names, action: "SCMP_ACT_ALLOW" }],
  });
  const pointer = "/linux/seccomp/syscalls/0/action";
  assert.deepEqual(report(needed("read", "execve")).faults, []);
  assert.deepEqual(report(needed("execve")).faults, [pointer]);
  assert.deepEqual(report(needed("write")).faults, [pointer, pointer]);
  const refusing: Seccomp = {
    ...agent,
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [ask, { names: ["read"], action: "SCMP_ACT_ERRNO" }],
  };
  assert.deepEqual(report(refusing).faults, [pointer]);
});

test("checkSeccomp() warns of numbers that do nothing, or less than they say", () => {
  const syscalls: Seccomp["syscalls"] = [
    { names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 4095 },
    { names: ["rmdir"], action: "SCMP_ACT_ERRNO", errnoRet: 4096 },
    { names: ["link"], action: "SCMP_ACT_TRACE", errnoRet: 4096 },
    { names: ["unlink"], action: "SCMP_ACT_KILL", errnoRet: 1 },
  ];
  assert.deepEqual(report({ defaultAction: "SCMP_ACT_ALLOW", defaultErrnoRet: 1, syscalls }), {
    faults: [],
    warnings: [
      "/linux/seccomp/defaultErrnoRet",
      "/linux/seccomp/syscalls/1/errnoRet",
      "/linux/seccomp/syscalls/3/errnoRet",
    ],
  });
  assert.deepEqual(report({ defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 38 }).warnings, []);
});
