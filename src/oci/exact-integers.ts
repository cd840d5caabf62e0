/** An integer of so many digits that it may be one that a double does not hold: those begin at 2^53+1. */
const long = /(?:^|[:[,\s])-?[0-9]{16}/;
/** A string or a number: neither begins within the other. */
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/g;
const integer = /^-?[0-9]+$/;

/** Whether a JSON text may have integers that JSON.parse rounds. */
function mayBeInexact(text: string): boolean {
  return long.test(text);
}

/** A control character that no string of the text has: JSON takes those by escapes alone, and this escape does not occur. */
function unusedMark(text: string): number {
  for (let code = 1; code < 32; code++) {
    if (!text.includes(escapeOf(code))) return code;
  }
  throw new RangeError("a text with all control characters");
}

function escapeOf(code: number): string {
  return `\\u${code.toString(16).padStart(4, "0")}`;
}

function isExact(digits: string): boolean {
  const double = Number(digits);
  return Number.isFinite(double) && BigInt(double) === BigInt(digits);
}

/** Reads JSON, with a bigint for each integer that a double does not hold exactly. @throws SyntaxError */
export function parseJsonExactly(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return mayBeInexact(text) ? parseExactly(text) : value;
}

/** The way back of parseJsonExactly(): JSON.stringify knows no bigints. */
export function stringifyExactly(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    // A bigint; anything else that can't be written fails again.
    if (!(error instanceof TypeError)) throw error;
  }
  const bigints = (write: (value: bigint) => string): string =>
    JSON.stringify(value, (_name, each: unknown) => (typeof each === "bigint" ? write(each) : each));
  const code = unusedMark(bigints(String));
  const marked = bigints((each) => String.fromCharCode(code) + each);
  return marked.replaceAll(new RegExp(`"\\${escapeOf(code)}(-?[0-9]+)"`, "g"), "$1");
}

/**
 * JSON.parse with a bigint for each integer that a double does not hold exactly, such as 2^64-1. The engines' own way to see a
 * number's text is too new to be relied on: here such numbers become strings with a mark before the text is parsed.
 * @param text JSON without faults: a number that JSON does not take, like 00, might become a string
 */
function parseExactly(text: string): unknown {
  const code = unusedMark(text);
  const marked = text.replace(token, (found) =>
    integer.test(found) && !isExact(found) ? `"${escapeOf(code)}${found}"` : found,
  );
  const mark = String.fromCharCode(code);
  return JSON.parse(marked, (_name, value: unknown) =>
    typeof value === "string" && value.startsWith(mark) ? BigInt(value.slice(1)) : value,
  );
}
