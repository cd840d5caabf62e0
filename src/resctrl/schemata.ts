/** Resources whose values are decimal numbers; all others have bit masks in hexadecimal. */
const decimal: ReadonlySet<string> = new Set(["MB", "SMBA"]);

/** Values by resource and domain: `L3:0=ff;1=f` is L3 → 0 → ff, 1 → f. */
type Schemata = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** A value as the kernel may also write it: without leading zeros, in small letters. */
function normalized(resource: string, value: string): string {
  const digits = decimal.has(resource) ? /^[0-9]+$/ : /^[0-9a-f]+$/i;
  return digits.test(value) ? value.toLowerCase().replace(/^0+(?=.)/, "") : value;
}

/** The lines of a schemata file; the kernel pads the names of resources in front. */
export function parseSchemata(text: string): Schemata {
  const schemata = new Map<string, Map<string, string>>();
  for (const line of text.split("\n")) {
    const [resource = "", values] = line.split(":", 2).map((part) => part.trim());
    if (values === undefined) continue;
    const domains = schemata.get(resource) ?? new Map<string, string>();
    schemata.set(resource, domains);
    for (const pair of values.split(";")) {
      const [domain = "", value] = pair.split("=", 2).map((part) => part.trim());
      if (value !== undefined) domains.set(domain, normalized(resource, value));
    }
  }
  return schemata;
}

/** The lines of a schemata file that have the resources of `others`. */
export function linesOf(schemata: string, others: string): string {
  const wanted = parseSchemata(others);
  const lines = schemata.split("\n").map((line) => line.trim());
  return lines.filter((line) => wanted.has(line.split(":", 1)[0]?.trim() ?? "")).join("\n");
}

/** The first value that is asked for and not there, as words; undefined where all are. */
export function findMismatch(wanted: string, actual: string): string | undefined {
  const present = parseSchemata(actual);
  for (const [resource, domains] of parseSchemata(wanted)) {
    for (const [domain, value] of domains) {
      const found = present.get(resource)?.get(domain);
      if (found === value) continue;
      return `${resource}:${domain}=${value}, ${found === undefined ? "which it lacks" : `it has ${found}`}`;
    }
  }
  return undefined;
}
