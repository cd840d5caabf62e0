// The properties of config.json that Linux has, out of the schemas.
import type { Schema } from "./schema-types.ts";

/** What a description says of a property that belongs to another platform. */
const ofAnotherPlatform = /\bnot read (on Linux|here)\b/;

function resolve(ref: string, file: Schema, files: readonly Schema[]): { schema: Schema; file: Schema } {
  const [id = "", path = ""] = ref.split("#");
  const home = id === "" ? file : files.find(({ $id }) => $id === id);
  const name = path.slice(path.lastIndexOf("/") + 1);
  const schema = path === "" ? home : home?.definitions?.[name];
  if (home === undefined || schema === undefined) {
    throw new Error(`no schema ${ref}`);
  }
  return { schema, file: home };
}

/** A property without properties of its own. */
export interface PropertyLeaf {
  readonly path: string;
  /** What it, or each item of it, may be, where the schema lists that. */
  readonly values: readonly string[];
}

function* leavesBelow(
  schema: Schema,
  file: Schema,
  path: string,
  files: readonly Schema[],
): Generator<PropertyLeaf> {
  if (schema.$ref !== undefined) {
    const target = resolve(schema.$ref, file, files);
    yield* leavesBelow(target.schema, target.file, path, files);
    return;
  }
  const { properties, items, additionalProperties: members } = schema;
  if (properties !== undefined) {
    for (const [name, property] of Object.entries(properties)) {
      if (ofAnotherPlatform.test(property.description ?? "")) continue;
      yield* leavesBelow(property, file, path === "" ? name : `${path}.${name}`, files);
    }
  } else if (items !== undefined) {
    yield* itemLeaves([...leavesBelow(items, file, `${path}[]`, files)], path, "[]");
  } else if (typeof members === "object") {
    yield* itemLeaves([...leavesBelow(members, file, `${path}.*`, files)], path, ".*");
  } else yield { path, values: schema.enum ?? [] };
}

/** A list or a map of plain values is one property, its own. */
function itemLeaves(leaves: readonly PropertyLeaf[], path: string, suffix: string): readonly PropertyLeaf[] {
  const [first] = leaves;
  return first?.path === path + suffix ? [{ path, values: first.values }] : leaves;
}

/**
 * Every property of config.json that is for Linux and has no properties of its own: `process.rlimits[].soft`,
 * `linux.netDevices.*.name`. A list of plain values and a map of such are one property.
 */
export function propertyLeaves(files: readonly Schema[]): PropertyLeaf[] {
  const config = files.find(({ $id }) => $id === "config.schema.json");
  if (config === undefined) {
    throw new Error("no schema of config.json");
  }
  return [...leavesBelow(config, config, "", files)];
}
