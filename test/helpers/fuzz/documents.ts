// Seeded configurations made by fast-check: valid, nearly valid, and hostile.
import fc from "fast-check";
import { readSchemas } from "../../../scripts/lib/generate.ts";
import { mangled, poisoned } from "./damage.ts";
import { hostileNumbers, hostileStrings, hostileValues, hugeString, nested } from "./hostile.ts";
import { changed, isObject, type Json, type JsonObject, Spelled, write } from "./json.ts";
import { SchemaValues, type Sources } from "./schema-values.ts";
import { words } from "./words.ts";

/** Values of which `share` of 10 make sense. */
function sources(share: number): Sources {
  const sensible = (property: string) => {
    const name = property.split(".").at(-1) ?? "";
    return fc.constantFrom(...(words[property] ?? words[name] ?? ["text"]));
  };
  return {
    strings: (property) =>
      fc.oneof(
        { weight: share, arbitrary: sensible(property) },
        { weight: 10 - share, arbitrary: hostileStrings },
      ),
    integers: (minimum, maximum) =>
      fc.oneof(
        {
          weight: share,
          arbitrary: fc.integer({ min: Math.max(minimum, -2), max: Math.min(maximum, 3000) }),
        },
        { weight: 10 - share, arbitrary: fc.oneof(hostileNumbers, fc.constantFrom(minimum, maximum)) },
      ),
    strange: hostileValues,
    rarity: share === 10 ? 100_000 : 60,
  };
}

/** How often a property is changed: many have few paths, and limits, of which there are many, are all alike. */
function weightOf(path: string): number {
  if (path === "mounts") return 40;
  return path.startsWith("linux.resources.") ? 1 : 4;
}

/** What is at a path of a document. */
function at(document: Json, path: readonly string[]): Json | undefined {
  let value: Json | undefined = document;
  for (const name of path) value = isObject(value) ? value[name] : undefined;
  return value;
}

/** One change of a document. */
interface Patch {
  readonly path: string[];
  readonly value: Json;
  /** Whether a list gets more items, and is not replaced. */
  readonly append: boolean;
}

/** Documents of one kind: the default one, or what a schema gives, with more of the schema's values in it. */
class Documents {
  readonly #values: SchemaValues;
  readonly #base: JsonObject;
  readonly #patches: ReadonlyMap<string, fc.Arbitrary<Patch>>;

  constructor(base: JsonObject, share: number) {
    this.#base = base;
    this.#values = new SchemaValues(readSchemas(), sources(share));
    const patches = this.#values
      .paths((path) => isObject(at(base, path)))
      .map((path) => {
        const patch = fc.record({
          path: fc.constant(path),
          value: this.#values.at(path),
          append: fc.boolean(),
        });
        return [path.join("."), patch] as const;
      });
    this.#patches = new Map(patches);
  }

  /** The base with up to `most` properties set to the schema's values; a list is replaced or gets more items. */
  patches(most: number, isMeant: (path: string) => boolean): fc.Arbitrary<JsonObject> {
    const all = [...this.#patches].filter(([path]) => isMeant(path));
    const patch = fc.oneof(...all.map(([path, arbitrary]) => ({ weight: weightOf(path), arbitrary })));
    return fc.array(patch, { minLength: 1, maxLength: most }).map((list) => {
      let document: Json = this.#base;
      for (const { path, value, append } of list) {
        document = changed(document, path, (old) =>
          append && Array.isArray(old) && Array.isArray(value) ? [...old, ...value] : value,
        );
      }
      return isObject(document) ? document : this.#base;
    });
  }

  whole(): fc.Arbitrary<Json> {
    return this.#values.at([]);
  }
}

/** Parts of config.json that are for others. */
const isOthers = (path: string): boolean => /^(windows|solaris|freebsd|zos|vm)\b/.test(path);
/** What a configuration that is to run keeps, and what every machine like this one refuses. */
const isFixed = (path: string): boolean =>
  isOthers(path) || /^(ociVersion|root|linux\.intelRdt)\b/.test(path);

/** Texts of config.json, from valid to hostile. @param base a valid one */
export function configTexts(base: JsonObject): fc.Arbitrary<string> {
  const sane = new Documents(base, 10);
  const near = new Documents(base, 8);
  const wild = new Documents(base, 3);
  const patched = near.patches(4, (path) => !isOthers(path));
  const deep = fc.constantFrom(100, 3000, 20_000, 200_000).map((depth) => new Spelled(nested(depth)));
  const documents: fc.Arbitrary<Json> = fc.oneof(
    { weight: 20, arbitrary: sane.patches(3, (path) => !isOthers(path)) },
    { weight: 30, arbitrary: patched },
    { weight: 15, arbitrary: wild.patches(6, (path) => !isOthers(path)) },
    { weight: 10, arbitrary: near.whole() },
    { weight: 5, arbitrary: wild.whole() },
    { weight: 10, arbitrary: poisoned(patched, hostileValues) },
    { weight: 2, arbitrary: poisoned(fc.constant(base), deep) },
    { weight: 1, arbitrary: poisoned(fc.constant(base), hugeString) },
    { weight: 2, arbitrary: fc.oneof(hostileValues, deep) },
  );
  const texts = documents.map(write);
  return fc.oneof({ weight: 95, arbitrary: texts }, { weight: 5, arbitrary: mangled(texts) });
}

/**
 * Configurations to be run. What they ask for is below `base`: the caller's root file system, cgroup and network. Paths of
 * namespaces are left out, as joining the machine's own would let a container change it.
 */
export function runnableConfigs(base: JsonObject): fc.Arbitrary<JsonObject> {
  const sane = new Documents(base, 10).patches(2, (path) => !isFixed(path));
  const near = new Documents(base, 9).patches(4, (path) => !isFixed(path));
  return fc.oneof({ weight: 5, arbitrary: sane }, { weight: 5, arbitrary: near });
}
