import fc from "fast-check";
import { homeOf, processEnvironment } from "../../../../src/security/environment.ts";
import { faultOf } from "../fault.ts";
import { hostileStrings } from "../hostile.ts";
import { type Subject, subject } from "../subject.ts";

const uids = fc.constantFrom(0, 1, 7, 1000, 65_534, 2 ** 31, 2 ** 32 - 2);
const field = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("x", "root", "0", "7", "1000", "/home/x", "", "/bin/sh") },
  {
    weight: 1,
    arbitrary: hostileStrings,
  },
);
const line = fc.array(field, { maxLength: 9 }).map((fields) => fields.join(":"));
const whole = fc
  .tuple(field, uids, fc.constantFrom("/home/a", "/b c", "", "/é"))
  .map(([name, uid, home]) => `${name}:x:${uid}:${uid}:a name:${home}:/bin/sh`);
const texts = fc
  .array(fc.oneof(line, whole, hostileStrings), { maxLength: 12 })
  .chain((lines) => fc.constantFrom("\n", "\r\n", "\n\n").map((end) => lines.join(end)));

/** /etc/passwd as an image brings it: whatever is in it, there is a home, and it is the first line's that has the number. */
export function passwdFiles(): Subject {
  return subject(fc.tuple(texts, uids), ([text, uid]) =>
    faultOf(
      () => homeOf(text, uid),
      (home) => {
        const mine = text.split("\n").filter((each) => each.split(":")[2] === String(uid));
        const first = mine.find((each) => each.split(":").length > 5)?.split(":")[5];
        if (home !== (first?.includes("\0") === true ? "/" : first || "/"))
          return `says ${JSON.stringify(home)}`;
        const variables = processEnvironment(["HOME=", "A=1"], () => home);
        return variables.at(-1) === "A=1" && variables.length === 2 ? undefined : `makes ${variables.join()}`;
      },
    ),
  );
}
