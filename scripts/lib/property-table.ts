// The table of README.md that gives each property of config.json its tests.
import type { Properties, PropertyGroups } from "../../test/properties/evidence.ts";

const begin = "<!-- properties: written by node scripts/ts.mjs scripts/properties.ts --write -->";
const end = "<!-- /properties -->";

function code(text: string): string {
  return `\`${text}\``;
}

/** What a property is called right below its group's title. */
function shortName(title: string, path: string): string {
  return path.startsWith(title) ? path.slice(title.length).replace(/^(\[\]|\.\*)?\.?/, "") : path;
}

/** The names right below a group's title, each once. */
function names(title: string, paths: readonly string[]): string {
  const below = paths.map((path) => shortName(title, path).replace(/[.[].*/, ""));
  return [...new Set(below)].filter(Boolean).map(code).join(", ");
}

/** What of a group is refused, and why. */
function refusals(title: string, properties: Properties): string[] {
  const paths = new Map<string, string[]>();
  for (const [path, { refused }] of Object.entries(properties)) {
    if (refused !== undefined) paths.set(refused, [...(paths.get(refused) ?? []), path]);
  }
  return [...paths].map(([reason, some]) => {
    const all = some.length === Object.keys(properties).length;
    return `${all ? "" : `${some.map((path) => code(shortName(title, path))).join(", ")} `}refused: ${reason}`;
  });
}

/** One row for each group: its properties, the files with the tests, and what is refused. */
export function propertyTable(groups: PropertyGroups): string {
  const rows = Object.entries(groups).map(([title, properties]) => {
    const tests = Object.values(properties).flatMap((evidence) => evidence.tests);
    const files = [...new Set(tests.map(({ file }) => file))].sort();
    const proof = [files.map(code).join(", "), ...refusals(title, properties)].join("; ");
    return `| ${code(title)} | ${names(title, Object.keys(properties))} | ${proof} |`;
  });
  return ["| | properties | tests |", "|---|---|---|", ...rows].join("\n");
}

/** A page with the table between its marks. @throws where the page has none */
export function replacePropertyTable(page: string, groups: PropertyGroups): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from === -1 || to < from) {
    throw new Error(`the page lacks the lines ${begin} and ${end}`);
  }
  return `${page.slice(0, from)}${begin}\n${propertyTable(groups)}\n${page.slice(to)}`;
}
