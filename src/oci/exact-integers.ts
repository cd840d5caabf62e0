/** An integer of so many digits that it may be one that a double does not hold: those begin at 2^53+1. */
const long = /(?:^|[:[,\s])-?[0-9]{16}/;
/** A string or a number: neither begins within the other. */
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/g;
const integer = /^-?[0-9]+$/;

/** Whether a JSON text may have integers that JSON.parse rounds. */
function mayBeInexact(text: string): boolean {
  return long.test(text);
}

/** How JSON spells the control character 1, and in no other way: its escape has no letters but the u, and no short form. */
const spelled = "\\u0001";
const spelledRuns = /(?:\\u0001)+/g;

/** How many of that character no string of the text begins with: one more than there are in a row. */
function unusedCount(text: string): number {
  let longest = 0;
  for (const [run] of text.matchAll(spelledRuns)) longest = Math.max(longest, run.length / spelled.length);
  return longest + 1;
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
  const count = unusedCount(bigints(String));
  const marked = bigints((each) => "\u0001".repeat(count) + each);
  return marked.replaceAll(new RegExp(`"(?:\\\\u0001){${count}}(-?[0-9]+)"`, "g"), "$1");
}

/**
 * JSON.parse with a bigint for each integer that a double does not hold exactly, such as 2^64-1. The engines' own way to see a
 * number's text is too new to be relied on: here such numbers become strings with a mark before the text is parsed.
 * @param text JSON without faults: a number that JSON does not take, like 00, might become a string
 */
function parseExactly(text: string): unknown {
  const count = unusedCount(text);
  const marked = text.replace(token, (found) =>
    integer.test(found) && !isExact(found) ? `"${spelled.repeat(count)}${found}"` : found,
  );
  const mark = "\u0001".repeat(count);
  return JSON.parse(marked, (_name, value: unknown) =>
    typeof value === "string" && value.startsWith(mark) ? BigInt(value.slice(count)) : value,
  );
}
