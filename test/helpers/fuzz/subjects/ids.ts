import fc from "fast-check";
import { checkId } from "../../../../src/container/id.ts";
import { faultOf } from "../fault.ts";
import { hostileStrings } from "../hostile.ts";
import { type Subject, subject } from "../subject.ts";

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-";

/** The rule in other words than the source's: no pattern. */
function isId(text: string): boolean {
  const [first = "", ...others] = [...text];
  const isLetter = (letter: string) => letter.length === 1 && letters.includes(letter);
  return isLetter(first) && others.every((each) => each === "." || isLetter(each)) && text.length <= 1024;
}

const plain = fc.string({ unit: fc.constantFrom(...letters, "."), minLength: 1, maxLength: 8 });
const long = fc
  .tuple(plain, fc.integer({ min: 1020, max: 1028 }))
  .map(([id, length]) => id.padEnd(length, "a"));
const almost = fc.tuple(plain, fc.constantFrom("/", "..", "\n", "\0", " ", ":", "é", "%", "~"), plain);

/** Ids of containers: each is a directory's name. */
export function ids(): Subject {
  const texts = fc.oneof(
    plain,
    long,
    almost.map((parts) => parts.join("")),
    hostileStrings,
  );
  return subject(texts, (text) => {
    let taken = false;
    const fault = faultOf(() => {
      checkId(text);
      taken = true;
    });
    return fault ?? (taken === isId(text) ? undefined : `${taken ? "takes" : "refuses"} it`);
  });
}
