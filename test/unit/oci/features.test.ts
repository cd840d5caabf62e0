import assert from "node:assert/strict";
import { test } from "node:test";
import { Ajv } from "ajv";
import { readSchemas } from "../../../scripts/lib/generate.ts";
import { unsupported } from "../../../src/oci/checks/unsupported.ts";
import { type FeaturesContext, features } from "../../../src/oci/features.ts";

const context: FeaturesContext = {
  mountOptions: ["rro", "bind", "nosuid"],
  namespaces: ["uts", "pid"],
  seccomp: { actions: ["SCMP_ACT_TRAP", "SCMP_ACT_LOG"], knownFlags: [], supportedFlags: [] },
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

test("features() claims nothing that the checks refuse", () => {
  const { apparmor, selinux, intelRdt, mountExtensions, netDevices } = document.linux ?? {};
  const claims: readonly [pointer: string, claimed: boolean | undefined][] = [
    ["/process/apparmorProfile", apparmor?.enabled],
    ["/process/selinuxLabel", selinux?.enabled],
    ["/linux/intelRdt", intelRdt?.enabled],
    ["/mounts/*/uidMappings", mountExtensions?.idmap?.enabled],
    ["/linux/netDevices", netDevices?.enabled],
  ];
  for (const [pointer, claimed] of claims) {
    assert.equal(claimed, !unsupported.includes(pointer), pointer);
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

test("features() carries version and commit", () => {
  assert.deepEqual(document.annotations, { "org.tsrun.version": "1.2", "org.tsrun.commit": "abc" });
});
