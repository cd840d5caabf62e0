// Our schemas against the specification's own: each place that one refuses and the other takes is a written difference.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Ajv } from "ajv";
import { readSchemas } from "../../../scripts/lib/generate.ts";
import { describeFeatures } from "../../../src/container/features.ts";
import { validateConfig } from "../../../src/oci/generated/validate-config.js";
import { defaultSpec, rootlessSpec } from "../../../src/oci/spec.ts";
import { canDownloadDebianFiles } from "../../helpers/debian-file.ts";
import { fullConfig } from "../../helpers/full-config.ts";
import { mutants } from "../../helpers/mutations.ts";
import { faultPlaces, officialValidators, type Validator } from "../../helpers/official-schema.ts";
import { skipUnless } from "../../helpers/skip.ts";
import { configDifferences, type Difference, featuresDifferences, stateDifferences } from "./differences.ts";

const seed = 1300;

function hasOfficialSchema(t: TestContext): boolean {
  const possible = process.env["OFFICIAL_SCHEMA"] !== undefined || canDownloadDebianFiles();
  return skipUnless(t, possible, "officialSchema");
}

/** Our validator of a schema that the runtime itself does not compile. */
function ourValidator(id: string): Validator {
  const formats = { int64: true, uint64: true } as const;
  const ajv = new Ajv({ allErrors: true, messages: false, formats, schemas: readSchemas() });
  return (document) => {
    ajv.validate(id, document);
    return faultPlaces(ajv.errors ?? []);
  };
}

function configValidator(document: unknown): Set<string> {
  validateConfig(document);
  return faultPlaces(validateConfig.errors ?? []);
}

function without(places: Set<string>, others: Set<string>): string[] {
  return [...places].filter((place) => !others.has(place));
}

/**
 * Judges every document, and the first with each difference's example, by both; fails on unwritten differences and on
 * written ones that do not occur.
 */
function compare(
  documents: readonly unknown[],
  ours: Validator,
  official: Validator,
  differences: readonly Difference[],
): void {
  const occurred = new Set<Difference>();
  const explain = (refuses: Difference["refuses"], places: readonly string[], document: unknown): void => {
    for (const place of places) {
      const difference = differences.find((one) => one.refuses === refuses && one.at.test(place));
      assert.ok(difference, `only ${refuses} refuses ${place} in ${JSON.stringify(document)}`);
      occurred.add(difference);
    }
  };
  const examples = differences.map(({ example }) => ({ ...(documents[0] as object), ...example }));
  for (const document of [...documents, ...examples]) {
    const [our, their] = [ours(document), official(document)];
    explain("ours", without(our, their), document);
    explain("official", without(their, our), document);
  }
  const stale = differences.filter((difference) => !occurred.has(difference));
  assert.deepEqual(
    stale.map(({ at }) => String(at)),
    [],
    "written differences that do not occur any more",
  );
}

function bundleConfigs(): unknown[] {
  const folders = existsSync("bundles") ? readdirSync("bundles") : [];
  return folders
    .map((folder) => join("bundles", folder, "config.json"))
    .filter((path) => existsSync(path))
    .map((path) => JSON.parse(readFileSync(path, "utf8")));
}

test("config.schema.json judges as the official schema does", (t) => {
  if (!hasOfficialSchema(t)) {
    return;
  }
  const valid = [
    fullConfig,
    defaultSpec({ cgroup2: true }),
    rootlessSpec({ cgroup2: false }, { uid: 1000, gid: 1000 }),
    ...bundleConfigs(),
  ];
  for (const document of valid) {
    assert.deepEqual([...configValidator(document)], []);
  }
  const documents = [
    ...valid,
    ...mutants(fullConfig, 2000, seed),
    ...valid.slice(1).flatMap((document) => mutants(document, 100, seed)),
  ];
  compare(documents, configValidator, officialValidators()("config-schema.json"), configDifferences);
});

test("state.schema.json judges as the official schema does", (t) => {
  if (!hasOfficialSchema(t)) {
    return;
  }
  const state = {
    ociVersion: "1.3.0",
    id: "a",
    status: "running",
    pid: 1,
    bundle: "/b",
    annotations: { name: "text" },
  };
  const documents = [state, ...mutants(state, 200, seed)];
  compare(
    documents,
    ourValidator("state.schema.json"),
    officialValidators()("state-schema.json"),
    stateDifferences,
  );
});

test("features.schema.json judges as the official schema does", (t) => {
  if (!hasOfficialSchema(t)) {
    return;
  }
  const document = describeFeatures({ version: "1", commit: "2" });
  const full = {
    ...document,
    linux: {
      ...document.linux,
      seccomp: {
        enabled: true,
        actions: ["SCMP_ACT_LOG"],
        operators: ["SCMP_CMP_EQ"],
        archs: ["SCMP_ARCH_X86"],
        knownFlags: ["SECCOMP_FILTER_FLAG_LOG"],
        supportedFlags: ["SECCOMP_FILTER_FLAG_LOG"],
      },
      intelRdt: { enabled: true, schemata: true, monitoring: true },
      memoryPolicy: { modes: ["MPOL_BIND"], flags: ["MPOL_F_STATIC_NODES"] },
    },
  };
  const documents = [document, full, ...mutants(full, 600, seed)];
  compare(
    documents,
    ourValidator("features.schema.json"),
    officialValidators()("features-schema.json"),
    featuresDifferences,
  );
});
