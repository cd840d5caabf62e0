import assert from "node:assert/strict";
import { test } from "node:test";
import { readSchemas } from "../../../scripts/lib/generate.ts";
import { type Schema, schemaTypes } from "../../../scripts/lib/schema-types.ts";
import { validateConfig } from "../../../src/oci/generated/validate-config.js";
import { fullConfig } from "../../helpers/full-config.ts";

const schemas = readSchemas();

/** Every schema below one, with the path that leads to it. */
function* parts(schema: Schema, path: string): Generator<[Schema, string]> {
  yield [schema, path];
  for (const group of ["properties", "definitions"] as const) {
    for (const [name, part] of Object.entries(schema[group] ?? {})) {
      yield* parts(part, `${path}/${group}/${name}`);
    }
  }
}

/** Names of the properties in a document, wherever they stand. */
function namesIn(value: unknown, names = new Set<string>()): Set<string> {
  if (value !== null && typeof value === "object") {
    for (const [name, member] of Object.entries(value)) {
      names.add(name);
      namesIn(member, names);
    }
  }
  return names;
}

test("schemas describe every property and definition", () => {
  for (const schema of schemas) {
    for (const [part, path] of parts(schema, schema.$id ?? "")) {
      assert.match(part.description ?? "", /^[A-Z0-9].*[.]$/, path);
    }
  }
});

test("schemas are named as their files refer to them", () => {
  assert.deepEqual(
    schemas.map(({ $id }) => $id),
    [
      "config.schema.json",
      "definitions.schema.json",
      "features.schema.json",
      "hooks.schema.json",
      "linux.schema.json",
      "process.schema.json",
      "resources.schema.json",
      "seccomp.schema.json",
      "state.schema.json",
    ],
  );
});

test("config.schema.json takes a document with every property that it knows", () => {
  assert.equal(validateConfig(fullConfig), true, JSON.stringify(validateConfig.errors));
  const names = namesIn(fullConfig);
  const elsewhere = ["features.schema.json", "state.schema.json"];
  for (const schema of schemas.filter(({ $id }) => !elsewhere.includes($id ?? ""))) {
    for (const [part, path] of parts(schema, schema.$id ?? "")) {
      for (const property of Object.keys(part.properties ?? {})) {
        assert.ok(
          names.has(property),
          `${path}/properties/${property} is missing in test/helpers/full-config.ts`,
        );
      }
    }
  }
});

test("schemaTypes() declares each schema and definition once", () => {
  const declared = [...schemaTypes(schemas).matchAll(/^export (?:interface|type) (\w+)/gm)].map(
    ([, name]) => name,
  );
  assert.equal(new Set(declared).size, declared.length);
  const expected = schemas.flatMap(({ title, type, definitions }) => [
    ...(type === undefined ? [] : [title]),
    ...Object.keys(definitions ?? {}),
  ]);
  assert.deepEqual(declared, expected);
});

test("schemaTypes() writes what the schema says", () => {
  const schema: Schema = {
    $id: "a.schema.json",
    title: "A",
    description: "An a.",
    type: "object",
    required: ["b"],
    properties: { b: { type: "integer" }, c: { type: "array", items: { enum: ["x", "y"] } } },
    definitions: { D: { type: "object", additionalProperties: { $ref: "a.schema.json" } } },
  };
  assert.equal(
    schemaTypes([schema]),
    [
      "/** An a. */",
      "export interface A {",
      "  readonly b: number;",
      '  readonly c?: readonly ("x" | "y")[];',
      "}",
      "",
      "export type D = { readonly [name: string]: A };",
      "",
    ].join("\n"),
  );
});
