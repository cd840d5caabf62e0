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

function* leavesBelow(
  schema: Schema,
  file: Schema,
  path: string,
  files: readonly Schema[],
): Generator<string> {
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
    return;
  }
  const below =
    items === undefined
      ? typeof members === "object"
        ? ([members, ".*"] as const)
        : undefined
      : ([items, "[]"] as const);
  const deeper = below === undefined ? [] : [...leavesBelow(below[0], file, `${path}${below[1]}`, files)];
  // A list or a map of plain values is one property, its own.
  yield* deeper.some((leaf) => leaf !== `${path}${below?.[1]}`) ? deeper : [path];
}

/**
 * Every property of config.json that is for Linux and has no properties of its own: `process.rlimits[].soft`,
 * `linux.netDevices.*.name`. A list of plain values and a map of such are one property.
 */
export function propertyLeaves(files: readonly Schema[]): string[] {
  const config = files.find(({ $id }) => $id === "config.schema.json");
  if (config === undefined) {
    throw new Error("no schema of config.json");
  }
  return [...leavesBelow(config, config, "", files)];
}
