// The titles of the tests in a source file, as far as its text tells.

/** `${…}` of a template, with templates and braces in it. */
const substitution = /\$\{(?:[^{}`]|`[^`]*`|\{[^{}]*\})*\}/;
/** The first argument of `test(…)` and `it(…)`; a method of that name, as a RegExp has, is none. */
const titled = new RegExp(
  `(?<![.\\w])(?:it|test)\\(\\s*("(?:[^"\\\\]|\\\\.)*"|\`(?:[^\`\\\\$]|\\\\.|${substitution.source}|\\$)*\`)`,
  "g",
);

/** The titles as they are written: with their quotes or backticks. */
export function titlesIn(source: string): string[] {
  return [...source.matchAll(titled)].map((match) => match[1] ?? "");
}

/** What stands in a template's places for `title` to come out; undefined where it never does. */
function substitutes(template: string, title: string): string[] | undefined {
  const fixed = template.slice(1, -1).split(substitution);
  const pattern = fixed
    .map((text) => text.replaceAll("\\`", "`").replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("(.*?)");
  return new RegExp(`^${pattern}$`).exec(title)?.slice(1);
}

/**
 * Whether a test file has a test of this title. A title made of a template counts where what it is filled with occurs
 * in the file, too: as a row of the table that the tests are made of.
 * @param file its text, and the titles as they are written in it and in its helpers
 */
export function hasTest(file: { source: string; titles: readonly string[] }, title: string): boolean {
  return file.titles.some((written) => {
    if (written.startsWith('"')) return JSON.parse(written) === title;
    return substitutes(written, title)?.every((text) => file.source.includes(text)) === true;
  });
}
