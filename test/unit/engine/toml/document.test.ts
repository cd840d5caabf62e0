import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parse } from "smol-toml";
import { findString, findValue, parseToml } from "../../../../src/engine/toml/document.ts";
import type { TomlValue } from "../../../../src/engine/toml/reader.ts";

/** What TOML 1.0 allows (toml.io/en/v1.0.0), each with what is in it. */
const valid: Readonly<Record<string, string>> = {
  "an empty text": "",
  "blank lines and comments": "\n# a\n\t # b\n",
  "keys of all forms": 'bare-1_ = 1\n"quoted key" = 2\n\'literal "key"\' = 3\n"" = 4\na . "b.c" . d = 5\n',
  "strings of all forms": 'a = "\\b\\t\\n\\f\\r\\"\\\\\\u00e9\\U0001F600"\nb = \'C:\\path\'\n',
  "strings of several lines":
    "a = \"\"\"\nfirst\n  \"quoted\" \\\n   folded\"\"\"\"\"\nb = '''\n'it''s'''''\n",
  numbers: "a = +99\nb = -0\nc = 1_000\nd = 0xDEAD_beef\ne = 0o755\nf = 0b1101\ng = 6.6e-3\nh = 1e06\n",
  "special numbers": "a = inf\nb = -nan\n",
  booleans: "a = true\nb = false\n",
  dates: "a = 1979-05-27T07:32:00Z\nb = 1979-05-27 07:32:00.5-07:00\nc = 1979-05-27\nd = 07:32:00\n",
  arrays: 'a = [1, 2, # comment\n\n  3,\n]\nb = [ [], ["x", {y = 1}] ]\n',
  "inline tables": "a = {b = 1, c.d = 'x', e = {}}\n",
  tables: '[a]\n[a."b c".d]\nx = 1\n[e] # comment\n[a."b c"]\n',
  "arrays of tables": "[[a]]\nx = 1\n[a.b]\n[[a]]\nx = 2\n[a.b]\n",
  "a dotted key's table beside another": "[a]\nb.c = 1\nb.d = 2\n[a.e]\n",
  CRLF: "a = 1\r\n[b]\r\nc = [\r\n  1,\r\n]\r\n",
  "no newline at the end": "[a]\nb = 'c'",
  "a byte order mark": "\uFEFFa = 1\n",
};

for (const [name, text] of Object.entries(valid)) {
  test(`parseToml() reads ${name} as others do`, () => {
    assert.deepEqual(plain(text), normal(parse(text.replace("\uFEFF", ""))));
  });
}

const invalid: Readonly<Record<string, readonly [text: string, fault: RegExp]>> = {
  "no value": ["a =\n", /^line 1: expected a value$/],
  "no key": ["\n= 1\n", /^line 2: expected a key$/],
  "no equals sign": ["a\n", /^line 1: expected =$/],
  "two pairs on a line": ["a = 1 b = 2\n", /^line 1: expected the end of the line$/],
  "an open string": ['a = "b\n', /^line 1: a string without its end$/],
  "an open string of several lines": ['a = """b\nc', /^line 2: a string without its end$/],
  "an unknown escape": ['a = "\\q"\n', /^line 1: a string without its end$/],
  "half a character": ['a = "\\ud800"\n', /^line 1: an escape of no character$/],
  "an open array": ["a = [1, 2\n[b]\n", /^line 2: expected , or \]$/],
  "an open inline table": ["a = {b = 1", /^line 1: expected , or }$/],
  "a number with a leading zero": ["a = 01\n", /^line 1: expected the end of the line$/],
  "an open header": ["[a\n", /^line 1: expected \]$/],
  "a header of nothing": ["[]\n", /^line 1: expected a key$/],
  "a control character": ["# a\u0001\n", /^line 1: expected the end of the line$/],
  "a carriage return alone": ["a = 1\rb = 2\n", /^line 1: expected the end of the line$/],
  "a key given twice": ["a = 1\n\na = 2\n", /^line 3: a is there already$/],
  "a key given twice in an inline table": ["a = [{b = 1, b = 2}]\n", /^line 1: b is there already$/],
  "a table given twice": ["[a]\n[a]\n", /^line 2: a is there already$/],
  "a table over a value": ["a = 1\n[a.b]\n", /^line 2: a is no table to add to$/],
  "a table in an inline one": ["a = {}\n[a.b]\n", /^line 2: a is no table to add to$/],
  "a table over a dotted key's": ["[a]\nb.c = 1\n[a.b]\n", /^line 3: b is there already$/],
  "a dotted key into a header's table": ["[a.b]\n[a]\nb.c = 1\n", /^line 3: b is there already$/],
  "an array of tables over a table": ["[a]\n[[a]]\n", /^line 2: a is there already$/],
  "a dotted key into an inline table": ["a = {}\na.b = 1\n", /^line 2: a is there already$/],
};

for (const [name, [text, fault]] of Object.entries(invalid)) {
  test(`parseToml() refuses ${name}, as others do`, () => {
    assert.throws(() => parseToml(text), { message: fault });
    assert.throws(() => parse(text));
  });
}

test("parseToml() refuses what TOML 1.1 added: no engine reads it", () => {
  for (const text of ["a = {b = 1\n}\n", "a = {b = 1,}\n", 'a = "\\e"\n', "a = 07:32\n"]) {
    assert.throws(() => parseToml(text), { message: /^line 1: / });
    assert.doesNotThrow(() => parse(text));
  }
});

/** Everything in a text by what parseToml() found; bare values as they are written. */
function plain(text: string): unknown {
  const document = parseToml(text);
  const node = (at: typeof document.root): unknown => {
    if (at.kind === "value" || at.kind === "inline") return at.pair && value(at.pair.value);
    return Object.fromEntries([...at.children].map(([name, child]) => [name, node(child)]));
  };
  return node(document.root);
}

function value(found: TomlValue): unknown {
  if (found.kind === "string") return found.value;
  if (found.kind === "bare") return "bare";
  if (found.kind === "array") return found.items.map(value);
  return found.pairs.reduce<Record<string, unknown>>((table, { keys, value: inner }) => {
    let at = table;
    for (const key of keys.slice(0, -1)) {
      at[key] ??= {};
      at = at[key] as Record<string, unknown>;
    }
    at[keys.at(-1) ?? ""] = value(inner);
    return table;
  }, {});
}

/** The other parser's result in the same form: of an array of tables the last one. */
function normal(found: unknown): unknown {
  if (typeof found === "string") return found;
  if (Array.isArray(found)) {
    const tables = found.length > 0 && found.every((item) => isTable(item) && "x" in item);
    return tables ? normal(found.at(-1)) : found.map(normal);
  }
  if (!isTable(found)) return "bare";
  return Object.fromEntries(Object.entries(found).map(([name, item]) => [name, normal(item)]));
}

function isTable(found: unknown): found is object {
  return typeof found === "object" && found !== null && !(found instanceof Date) && !Array.isArray(found);
}

test("parseToml() takes nothing that another parser refuses", () => {
  const pieces = fc.constantFrom(
    ...'abc019 \t\n\n\n==..,,[]{}##""\'\\_-+e:TZ'.split(""),
    ...[
      '"""',
      "'''",
      "[a]\n",
      "[[a]]\n",
      "a.b = 1\n",
      "a = {b = 1}\n",
      "true",
      "0x",
      "inf",
      "\r\n",
      "\u0000",
      "é",
    ],
  );
  const texts = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(""));
  const property = fc.property(
    fc.constantFrom("", ...Object.values(valid)),
    texts,
    fc.nat(),
    (text, piece, at) => {
      const place = at % (text.length + 1);
      const mutant = text.slice(0, place) + piece + text.slice(place + (at % 3));
      let accepted = true;
      try {
        parseToml(mutant);
      } catch {
        accepted = false;
      }
      if (accepted) assert.doesNotThrow(() => parse(mutant.replace(/^\uFEFF/, "")));
    },
  );
  fc.assert(property, { numRuns: 5000 });
});

test("parseToml() refuses values in values without end", () => {
  const message = "line 2: nested deeper than 100 levels";
  for (const [open, close] of [
    ["[", "]"],
    ["{a = ", "}"],
  ] as const) {
    const nested = (depth: number) =>
      `\na = ${open.repeat(depth)}${open === "[" ? "" : "1"}${close.repeat(depth)}\n`;
    assert.throws(() => parseToml(nested(101)), { message });
    assert.throws(() => parseToml(nested(100_000)), { message });
    parseToml(nested(100));
  }
});

test("findValue() knows the place of a value, findString() only strings", () => {
  const text = "[a]\nb = { c = 'd' } # e\nf = 1\n";
  const document = parseToml(text);
  const found = findValue(document, ["a", "b", "c"]);
  assert.equal(text.slice(found?.start, found?.end), "'d'");
  assert.equal(findString(document, ["a", "b", "c"]), "d");
  assert.equal(findString(document, ["a", "f"]), undefined);
  assert.equal(findValue(document, ["a", "x"]), undefined);
});
