import type { Fault } from "./fault.ts";
import { pointerToken } from "./fault.ts";
import { didYouMean } from "./suggest.ts";

/** A fault as ajv's compiled validators leave it: facts, no words. */
export interface SchemaError {
  /** JSON pointer to the value that a keyword of the schema refuses. */
  readonly instancePath: string;
  readonly keyword: string;
  /** What the keyword demands; each keyword has its own. */
  readonly params: {
    readonly type?: string;
    readonly allowedValues?: readonly string[];
    readonly allowedValue?: unknown;
    readonly comparison?: string;
    readonly limit?: number;
    readonly pattern?: string;
    readonly missingProperty?: string;
  };
}

/** Longest piece of a document that a message repeats, in characters. */
const longestQuote = 60;

/** A value as a message shows it, on one line and never long. */
export function describeValue(value: unknown): string {
  if (Array.isArray(value)) {
    return value.length === 0 ? "an empty array" : "an array";
  }
  if (value !== null && typeof value === "object") {
    return "an object";
  }
  // JSON.stringify knows neither bigints nor what lies beyond all doubles.
  const isNumber = typeof value === "bigint" || value === Number.POSITIVE_INFINITY;
  const text = isNumber ? String(value) : (JSON.stringify(value) ?? "nothing");
  return text.length <= longestQuote ? text : `${text.slice(0, longestQuote)}…`;
}

/** What a JSON pointer leads to. */
function valueAt(document: unknown, pointer: string): unknown {
  let value = document;
  for (const token of pointer.split("/").slice(1)) {
    const name = token.replaceAll("~1", "/").replaceAll("~0", "~");
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

const articles: Readonly<Record<string, string>> = {
  array: "an array",
  integer: "an integer",
  object: "an object",
};

/** What is wrong with an integer of 64 bits: what it is, or where it lies. */
function wideExpectation(type: string, found: unknown): string {
  if (typeof found !== "bigint" && !Number.isInteger(found)) return "an integer";
  const [least, most] = type === "int64" ? [-(2n ** 63n), 2n ** 63n - 1n] : [0n, 2n ** 64n - 1n];
  return BigInt(found as number | bigint) < least ? `an integer >= ${least}` : `an integer <= ${most}`;
}

/** What the schema's keyword demands, as a phrase after "expected". */
function expectation({ keyword, params }: SchemaError, found: unknown): string {
  const { type = "", allowedValues = [], allowedValue, comparison, limit, pattern } = params;
  switch (keyword) {
    case "type":
      return type === "integer" && typeof found === "bigint"
        ? "an integer of 32 bits"
        : (articles[type] ?? `a ${type}`);
    case "wideInteger":
      return wideExpectation(type, found);
    case "const":
      return JSON.stringify(allowedValue);
    case "enum":
      return `one of ${allowedValues.map((value) => JSON.stringify(value)).join(", ")}`;
    case "minimum":
    case "maximum":
      return `an integer ${comparison} ${limit}`;
    case "minItems":
      return `at least ${limit} item`;
    case "pattern":
      return `text like ${pattern}`;
    default:
      throw new Error(`the schemas use a keyword that has no words yet: ${keyword}`);
  }
}

function toFault(error: SchemaError, document: unknown): Fault {
  const { missingProperty, allowedValues } = error.params;
  if (missingProperty !== undefined) {
    return {
      pointer: `${error.instancePath}/${pointerToken(missingProperty)}`,
      message: "required, but missing",
    };
  }
  const found = valueAt(document, error.instancePath);
  const hint =
    allowedValues !== undefined && typeof found === "string" ? didYouMean(found, allowedValues) : "";
  return {
    pointer: error.instancePath,
    message: `expected ${expectation(error, found)}, found ${describeValue(found)}${hint}`,
  };
}

/** The faults that a compiled validator found in a document: where, what was expected, what is there. */
export function schemaFaults(errors: readonly SchemaError[], document: unknown): Fault[] {
  const faults = new Map<string, Fault>();
  for (const error of errors) {
    // A number of the wrong type is outside of an enumeration, too: the first word on a place is enough.
    if (!faults.has(error.instancePath) || error.keyword === "required") {
      const fault = toFault(error, document);
      faults.set(fault.pointer, fault);
    }
  }
  return [...faults.values()];
}
