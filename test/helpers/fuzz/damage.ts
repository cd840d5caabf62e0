// Documents and texts that somebody has damaged.
import fc from "fast-check";
import { hostileStrings, hostileValues, nested } from "./hostile.ts";
import { changed, isObject, type Json, type JsonObject, Spelled, write } from "./json.ts";

/** A place of a document, chosen by numbers. */
function somewhere(document: Json, choices: readonly number[]): string[] {
  const path: string[] = [];
  let value: Json | undefined = document;
  for (const choice of choices) {
    if (!isObject(value)) break;
    const names: string[] = Object.keys(value);
    const name = names[choice % (names.length + 1)];
    if (name === undefined) break;
    path.push(name);
    value = value[name];
  }
  return path;
}

const choices = fc.array(fc.nat(99), { minLength: 1, maxLength: 6 });

/** A document with something hostile in a place of its own, or in a property that nobody knows. */
export function poisoned(documents: fc.Arbitrary<Json>, poison: fc.Arbitrary<Json>): fc.Arbitrary<Json> {
  return fc
    .tuple(documents, choices, poison, fc.boolean(), hostileStrings)
    .map(([document, to, value, add, name]) => {
      const path = somewhere(document, to);
      return changed(document, add ? [...path, name] : path, () => value);
    });
}

/** A text that is no longer quite the document's. */
export function mangled(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const pieces = fc.constantFrom(
    ...["", ",", "]", "}", '"', "\\", "\\u12", "//", "/**/", "NaN", "-", "0", "1e", "\0", "\ufeff", "null"],
    ...['"a":1,', '{"a":', "[", "\n"],
  );
  return fc.tuple(texts, fc.nat(99_999), fc.nat(3), pieces).map(([text, at, drop, piece]) => {
    const place = at % (text.length + 1);
    return text.slice(0, place) + piece + text.slice(place + drop);
  });
}

/** Texts of a document, from whole to damaged. */
export function damagedTexts(document: JsonObject): fc.Arbitrary<string> {
  const whole = fc.constant<Json>(document);
  const deep = fc.constantFrom(100, 3000, 200_000).map((depth) => new Spelled(nested(depth)));
  const twice = poisoned(poisoned(whole, hostileValues), hostileValues);
  const documents = fc.oneof(
    { weight: 50, arbitrary: poisoned(whole, hostileValues) },
    { weight: 30, arbitrary: twice },
    { weight: 2, arbitrary: poisoned(whole, deep) },
    { weight: 5, arbitrary: hostileValues },
  );
  return fc.oneof(
    { weight: 70, arbitrary: documents.map(write) },
    { weight: 30, arbitrary: mangled(fc.oneof(whole, twice).map(write)) },
  );
}
