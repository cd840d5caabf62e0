/** A test by its file (below test/, without .test.ts) and title. */
export interface NamedTest {
  readonly file: string;
  readonly title: string;
}

/** What shows that a property of config.json is carried out, or refused. */
export interface Evidence {
  readonly tests: readonly NamedTest[];
  /** Why every value that asks for something is refused, where it is. */
  readonly refused?: string;
}

/** Evidence by property, which is written as scripts/lib/property-leaves.ts does. */
export type Properties = Readonly<Record<string, Evidence>>;

/** Properties by the subject under which README.md lists them. */
export type PropertyGroups = Readonly<Record<string, Properties>>;

/** Tests of one file. */
export function by(file: string, ...titles: readonly string[]): Evidence {
  return { tests: titles.map((title) => ({ file, title })) };
}

/** Evidence that is in several files. */
export function together(...parts: readonly Evidence[]): Evidence {
  return { tests: parts.flatMap(({ tests }) => tests) };
}

/** A property that no value can be carried out of. */
export function refused(why: string, { tests }: Evidence): Evidence {
  return { tests, refused: why };
}

/** The same evidence for several properties below one path. */
export function each(path: string, names: readonly string[], evidence: Evidence): Properties {
  return Object.fromEntries(names.map((name) => [`${path}${name}`, evidence]));
}
