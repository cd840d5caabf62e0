import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../../src/oci/load.ts";
import { defaultSpec, rootlessSpec } from "../../../src/oci/spec.ts";
import type { Config } from "../../../src/oci/types.ts";

const owner = { uid: 1000, gid: 100 };

function namespaceTypes({ linux }: Config): string[] {
  return (linux?.namespaces ?? []).map(({ type }) => type);
}

function mountAt({ mounts }: Config, destination: string) {
  return mounts?.find((mount) => mount.destination === destination);
}

test("defaultSpec() is a config that create takes, as root alone", () => {
  const text = JSON.stringify(defaultSpec({ cgroup2: true }));
  assert.equal(parseConfig(text, "config.json", { rootless: false }).ociVersion, "1.3.0");
  assert.throws(() => parseConfig(text, "config.json", { rootless: true }), /needs a user namespace/);
});

test("defaultSpec() isolates all but users and time", () => {
  const v1 = ["pid", "network", "ipc", "uts", "mount"];
  assert.deepEqual(namespaceTypes(defaultSpec({ cgroup2: false })), v1);
  assert.deepEqual(namespaceTypes(defaultSpec({ cgroup2: true })), [...v1, "cgroup"]);
});

test("rootlessSpec() is a config that create takes, as anyone", () => {
  const text = JSON.stringify(rootlessSpec({ cgroup2: false }, owner));
  assert.equal(parseConfig(text, "config.json", { rootless: true }).hostname, "tsrun");
});

test("rootlessSpec() maps its root to the caller and shares the network", () => {
  const spec = rootlessSpec({ cgroup2: true }, owner);
  assert.deepEqual(namespaceTypes(spec), ["pid", "ipc", "uts", "mount", "user", "cgroup"]);
  assert.deepEqual(spec.linux?.uidMappings, [{ containerID: 0, hostID: 1000, size: 1 }]);
  assert.deepEqual(spec.linux?.gidMappings, [{ containerID: 0, hostID: 100, size: 1 }]);
  assert.equal(spec.linux?.resources, undefined);
});

test("rootlessSpec() has no mount that needs more than its user namespace", () => {
  const spec = rootlessSpec({ cgroup2: false }, owner);
  assert.deepEqual(mountAt(spec, "/sys"), {
    destination: "/sys",
    type: "none",
    source: "/sys",
    options: ["rbind", "nosuid", "noexec", "nodev", "ro"],
  });
  assert.ok(mountAt(defaultSpec({ cgroup2: false }), "/dev/pts")?.options?.includes("gid=5"));
  assert.ok(!mountAt(spec, "/dev/pts")?.options?.includes("gid=5"));
});
