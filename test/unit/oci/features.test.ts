import assert from "node:assert/strict";
import { test } from "node:test";
import { Ajv } from "ajv";
import { readSchemas } from "../../../scripts/lib/generate.ts";
import { type FeaturesContext, features } from "../../../src/oci/features.ts";
import { faults } from "../../helpers/documents.ts";

const context: FeaturesContext = {
  mountOptions: ["rro", "bind", "nosuid"],
  namespaces: ["uts", "pid"],
  seccomp: { actions: ["SCMP_ACT_TRAP", "SCMP_ACT_LOG"], knownFlags: [], supportedFlags: [] },
  systemd: { annotationPrefix: "org.systemd.property.", properties: ["TasksMax", "After"] },
  version: "1.2",
  commit: "abc",
};
const document = features(context);

test("features() follows its schema", () => {
  const formats = { int64: true, uint64: true } as const;
  const ajv = new Ajv({ allErrors: true, formats, schemas: readSchemas() });
  assert.equal(ajv.validate("features.schema.json", document), true, ajv.errorsText());
});

test("features() names the versions, which CRI-O demands", () => {
  assert.equal(document.ociVersionMin, "1.0.0");
  assert.equal(document.ociVersionMax, "1.3.0");
});

test("features() sorts what others must search", () => {
  assert.deepEqual(document.mountOptions, ["bind", "nosuid", "rro"]);
  assert.deepEqual(document.linux?.namespaces, ["pid", "uts"]);
  assert.deepEqual(document.linux?.seccomp?.actions, ["SCMP_ACT_LOG", "SCMP_ACT_TRAP"]);
});

test("features() claims what the checks take", () => {
  const { apparmor, selinux, intelRdt, mountExtensions, netDevices } = document.linux ?? {};
  const mapping = [{ containerID: 0, hostID: 100_000, size: 1 }];
  const bind = { destination: "/a", source: "a", type: "bind", options: ["bind"] };
  const claims: readonly [claimed: boolean | undefined, patch: Record<string, unknown>][] = [
    [apparmor?.enabled, { process: { apparmorProfile: "profile" } }],
    [selinux?.enabled, { process: { selinuxLabel: "label" } }],
    [intelRdt?.enabled, { linux: { intelRdt: { closID: "class" } } }],
    [intelRdt?.schemata, { linux: { intelRdt: { schemata: ["L3:0=f"] } } }],
    [intelRdt?.monitoring, { linux: { intelRdt: { enableMonitoring: true } } }],
    [mountExtensions?.idmap?.enabled, { mounts: [{ ...bind, uidMappings: mapping, gidMappings: mapping }] }],
    [netDevices?.enabled, { linux: { netDevices: { eth0: { name: "net0" } } } }],
  ];
  for (const [claimed, patch] of claims) {
    assert.equal(claimed, true);
    assert.deepEqual(faults(patch), []);
  }
});

test("features() has a memory policy where there is a table of it", () => {
  assert.equal(document.linux?.memoryPolicy, undefined);
  const memoryPolicy = { modes: ["MPOL_LOCAL", "MPOL_BIND"], flags: [] };
  assert.deepEqual(features({ ...context, memoryPolicy }).linux?.memoryPolicy, {
    modes: ["MPOL_BIND", "MPOL_LOCAL"],
    flags: [],
  });
});

test("features() carries version, commit and the properties of systemd that annotations may set", () => {
  assert.deepEqual(document.annotations, {
    "org.tsrun.version": "1.2",
    "org.tsrun.commit": "abc",
    "org.tsrun.systemd.properties": "After,TasksMax",
  });
  assert.deepEqual(document.potentiallyUnsafeConfigAnnotations, ["org.systemd.property."]);
});
