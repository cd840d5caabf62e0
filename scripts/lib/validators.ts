// JSON Schemas to validators that need no library at run time: ajv's standalone mode.
import { Ajv, type AnySchemaObject } from "ajv";
import standaloneCode from "ajv/dist/standalone/index.js";

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Descriptions are for readers: in the generated code they would be dead weight at each boot. */
function withoutDescriptions(schema: Json): Json {
  if (Array.isArray(schema)) {
    return schema.map(withoutDescriptions);
  }
  if (schema === null || typeof schema !== "object") {
    return schema;
  }
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([name, value]) => name !== "description" || typeof value !== "string")
      .map(([name, value]) => [name, withoutDescriptions(value)]),
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
  for (const schema of schemas) {
    ajv.addSchema(withoutDescriptions(schema as Json) as AnySchemaObject);
  }
  const code = standaloneCode(ajv, exports);
  const needed = /\brequire\((.*?)\)/.exec(code);
  if (needed !== null) {
    throw new Error(`the validators would load ${needed[1]} at run time: use other keywords in the schema`);
  }
  return code;
}
