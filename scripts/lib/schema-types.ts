// JSON Schemas to TypeScript interfaces, as far as schemas/ uses JSON Schema.

export interface Schema {
  readonly $id?: string;
  readonly $ref?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly definitions?: Readonly<Record<string, Schema>>;
}

/** A definition's name is its type's; a whole file is named by its title. */
function referencedType(ref: string, files: readonly Schema[]): string {
  const [file, path] = ref.split("#");
  if (path !== undefined && path !== "") {
    return path.slice(path.lastIndexOf("/") + 1);
  }
  const title = files.find(({ $id }) => $id === file)?.title;
  if (title === undefined) {
    throw new Error(`no schema ${ref}`);
  }
  return title;
}

function typeOf(schema: Schema, files: readonly Schema[]): string {
  if (schema.$ref !== undefined) {
    return referencedType(schema.$ref, files);
  }
  if (schema.enum !== undefined) {
    return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  }
  switch (schema.type) {
    case "string":
    case "boolean":
      return schema.type;
    case "integer":
      // A bigint where a double does not hold the number exactly.
      return schema.format === "int64" || schema.format === "uint64" ? "number | bigint" : "number";
    case "array": {
      const item = typeOf(schema.items ?? {}, files);
      return `readonly ${/^\w+$/.test(item) ? item : `(${item})`}[]`;
    }
    case "object":
      return `{ readonly [name: string]: ${
        typeof schema.additionalProperties === "object"
          ? typeOf(schema.additionalProperties, files)
          : "unknown"
      } }`;
    default:
      throw new Error(`no TypeScript type for ${JSON.stringify(schema)}`);
  }
}

function comment(text: string | undefined, indent: string): string {
  return text === undefined ? "" : `${indent}/** ${text} */\n`;
}

function declaration(name: string, schema: Schema, files: readonly Schema[]): string {
  const head = comment(schema.description, "");
  if (schema.properties === undefined) {
    return `${head}export type ${name} = ${typeOf(schema, files)};\n`;
  }
  const members = Object.entries(schema.properties).map(([property, value]) => {
    const optional = schema.required?.includes(property) === true ? "" : "?";
    return `${comment(value.description, "  ")}  readonly ${property}${optional}: ${typeOf(value, files)};\n`;
  });
  return `${head}export interface ${name} {\n${members.join("")}}\n`;
}

/** One declaration for each file with a type of its own and for each definition, in the order of the files. */
export function schemaTypes(files: readonly Schema[]): string {
  return files
    .flatMap((file) => [
      ...(file.type === undefined || file.title === undefined ? [] : [declaration(file.title, file, files)]),
      ...Object.entries(file.definitions ?? {}).map(([name, schema]) => declaration(name, schema, files)),
    ])
    .join("\n");
}
