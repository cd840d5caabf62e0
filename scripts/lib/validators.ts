// JSON Schemas to validators that need no library at run time: ajv's standalone mode.
import { _, Ajv, type AnySchemaObject, type CodeKeywordDefinition, type KeywordCxt } from "ajv";
import standaloneCode from "ajv/dist/standalone/index.js";

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** The formats of integers of 64 bits, with their ranges as doubles have them: the upper end is not part of it. */
const ranges = { int64: [-(2 ** 63), 2 ** 63], uint64: [0, 2 ** 64] } as const;

/**
 * A keyword for integers that a document may have as a bigint, where they have more digits than a double
 * (src/oci/exact-integers.ts). JSON Schema's own keywords know no such values.
 */
const wideInteger: CodeKeywordDefinition = {
  keyword: "wideInteger",
  error: { message: "", params: ({ schema }) => _`{type: ${schema}}` },
  code(context: KeywordCxt): void {
    const [from, to] = ranges[context.schema as keyof typeof ranges];
    const value = context.data;
    const isInteger = _`(typeof ${value} == "bigint" || Number.isInteger(${value}))`;
    context.fail(_`!(${isInteger} && ${value} >= ${from} && ${value} < ${to})`);
  },
};

/**
 * A schema as it is compiled: without descriptions, which are for readers and would be dead weight at each boot; integers of
 * 64 bits by a keyword of their own.
 */
function prepared(schema: Json): Json {
  if (Array.isArray(schema)) {
    return schema.map(prepared);
  }
  if (schema === null || typeof schema !== "object") {
    return schema;
  }
  const { format } = schema as { readonly format?: Json };
  if (typeof format === "string" && format in ranges) {
    return { wideInteger: format };
  }
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([name, value]) => name !== "description" || typeof value !== "string")
      .map(([name, value]) => [name, prepared(value)]),
  );
}

/**
 * An ES module with one exported validator for each of `exports` (name to schema id). A validator returns whether the
 * document is valid and leaves every fault in its `errors` property.
 */
export function compileValidators(
  schemas: readonly AnySchemaObject[],
  exports: Record<string, string>,
): string {
  const ajv = new Ajv({ allErrors: true, messages: false, code: { source: true, esm: true, optimize: 2 } });
  ajv.addKeyword(wideInteger);
  for (const schema of schemas) {
    ajv.addSchema(prepared(schema as Json) as AnySchemaObject);
  }
  const code = standaloneCode(ajv, exports);
  const needed = /\brequire\((.*?)\)/.exec(code);
  if (needed !== null) {
    throw new Error(`the validators would load ${needed[1]} at run time: use other keywords in the schema`);
  }
  return code;
}
