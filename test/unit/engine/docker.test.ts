import assert from "node:assert/strict";
import { test } from "node:test";
import { docker } from "../../../src/engine/docker.ts";

const program = "/usr/local/bin/tsrun";
const runtimes = { tsrun: { path: program } };
const install = (text: string | undefined, asDefault = false) => docker.install(text, { program, asDefault });

test("docker.install() writes an object where there is none", () => {
  for (const text of [undefined, "", " \n", "{}", " {\n}\n", "\uFEFF{}"]) {
    const parsed = (made: string): unknown => JSON.parse(made.replace("\uFEFF", ""));
    assert.deepEqual(parsed(install(text)), { runtimes });
    assert.deepEqual(parsed(install(text, true)), { runtimes, "default-runtime": "tsrun" });
  }
  assert.equal(install("\uFEFF{}").charAt(0), "\uFEFF");
});

const texts: Readonly<Record<string, readonly [before: string, after: string]>> = {
  "two spaces": [
    '{\n  "debug": true\n}\n',
    `{\n  "debug": true,\n  "runtimes": {\n    "tsrun": {\n      "path": "${program}"\n    }\n  }\n}\n`,
  ],
  "tabs and CRLF": [
    '{\r\n\t"debug": true\r\n}',
    `{\r\n\t"debug": true,\r\n\t"runtimes": {\r\n\t\t"tsrun": {\r\n\t\t\t"path": "${program}"\r\n\t\t}\r\n\t}\r\n}`,
  ],
  "one line": ['{"debug":true}\n', `{"debug":true, "runtimes": {"tsrun":{"path":"${program}"}}}\n`],
  "other runtimes": [
    '{\n    "runtimes": {\n        "crun": {"path": "crun"}\n    },\n    "debug": true\n}\n',
    `{\n    "runtimes": {\n        "crun": {"path": "crun"},\n        "tsrun": {\n            "path": "${program}"\n        }\n    },\n    "debug": true\n}\n`,
  ],
  "no runtimes yet": [
    '{\n "runtimes": {}\n}\n',
    `{\n "runtimes": {\n  "tsrun": {\n   "path": "${program}"\n  }\n }\n}\n`,
  ],
};

for (const [name, [before, after]] of Object.entries(texts)) {
  test(`docker.install() writes as the file does: ${name}`, () => {
    assert.equal(install(before), after);
    assert.equal(docker.uninstall(after, before), before);
  });
}

test("docker.install() makes tsrun the default, and uninstall() gives back what was, as it was written", () => {
  const before = '{\n  "default-runtime": "cr\\u0075n",\n  "hosts": [ "a" , "b" ]\n}\n';
  const made = install(before, true);
  assert.deepEqual(JSON.parse(made), { "default-runtime": "tsrun", hosts: ["a", "b"], runtimes });
  assert.equal(docker.uninstall(made, before), before);
  const { "default-runtime": name } = JSON.parse(install('{"debug": true}', true));
  assert.equal(name, "tsrun");
});

test("docker.install() changes nothing that is there already", () => {
  const made = install('{"debug": true}', true);
  assert.equal(install(made, true), made);
  assert.equal(install(made), made);
});

const refused: Readonly<Record<string, readonly [string, RegExp]>> = {
  "what is not JSON": [
    "{\n  // no comments\n}\n",
    /^invalid JSON: line 2, column 3: expected a property name/,
  ],
  "another document": ["[]", /^the configuration is no JSON object$/],
  "runtimes of another kind": ['{"runtimes": []}', /^"runtimes" is no JSON object$/],
  "values in values without end": [
    `{"a": ${"[".repeat(5000)}${"]".repeat(5000)}}`,
    /^nested deeper than 100 levels$/,
  ],
  "a name given twice": ['{"runtimes": {}, "runtimes": {}}', /^"runtimes" is there 2 times$/],
  "a tsrun elsewhere": [
    '{"runtimes": {"tsrun": {"path": "/opt/tsrun"}}}',
    /^runtimes\.tsrun is there already, and means \/opt\/tsrun, not/,
  ],
  "a tsrun that is a shim": [
    '{"runtimes": {"tsrun": {"runtimeType": "x"}}}',
    /without this executable's path$/,
  ],
};

for (const [name, [text, message]] of Object.entries(refused)) {
  test(`docker.install() refuses ${name}`, () => {
    assert.throws(() => install(text), { message });
  });
}

test("docker.install() edits a file with a long string and deep values", () => {
  const deep = `${'{"a": '.repeat(99)}1${"}".repeat(99)}`;
  const before = `{"long": "${"x\\n".repeat(300_000)}", "deep": ${deep}}`;
  const after = install(before);
  assert.deepEqual(JSON.parse(after).runtimes, { tsrun: { path: program } });
  assert.equal(docker.uninstall(after, before), before);
});

test("docker.uninstall() takes tsrun out of a file that was changed since, and nothing else", () => {
  const changed = install('{\n  "debug": true\n}\n', true)
    .replace('"debug": true', '"debug": false')
    .replace(/\n}\n$/, ',\n  "ip": "::1"\n}\n');
  assert.equal(
    docker.uninstall(changed, '{\n  "debug": true\n}\n'),
    '{\n  "debug": false,\n  "ip": "::1"\n}\n',
  );
  assert.equal(docker.uninstall(install(undefined, true), undefined), "{}\n");
});

test("docker.uninstall() keeps an object of runtimes that was there, and others in it", () => {
  assert.deepEqual(JSON.parse(docker.uninstall(install('{"runtimes": {}}'), '{"runtimes": {}}')), {
    runtimes: {},
  });
  const two = '{"runtimes": {"tsrun": {"path": "x"}, "b": {"path": "y"}}, "default-runtime": "b"}';
  assert.equal(
    docker.uninstall(two, undefined),
    '{"runtimes": {"b": {"path": "y"}}, "default-runtime": "b"}',
  );
});
