import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { readSchemas } from "../../scripts/lib/generate.ts";
import { propertyLeaves } from "../../scripts/lib/property-leaves.ts";
import { propertyTable, replacePropertyTable } from "../../scripts/lib/property-table.ts";
import { hasTest, titlesIn } from "../../scripts/lib/test-titles.ts";
import { by, each, refused } from "../properties/evidence.ts";
import { propertyGroups } from "../properties/index.ts";

const entries = Object.values(propertyGroups).flatMap((properties) => Object.entries(properties));
const schemaLeaves = propertyLeaves(readSchemas());
const leaves = schemaLeaves.map(({ path }) => path);

/** A test file's text, and the titles of the tests in it and in the helpers that it calls. */
function readTest(file: string): { source: string; titles: string[] } {
  const path = `test/${file}.test.ts`;
  const source = existsSync(path) ? readFileSync(path, "utf8") : "";
  const helpers = [...source.matchAll(/from "(?:\.\.\/)+(helpers\/[\w-]+\.ts)"/g)].map(
    (match) => match[1] ?? "",
  );
  const texts = [source, ...helpers.map((helper) => readFileSync(`test/${helper}`, "utf8"))];
  return { source, titles: texts.flatMap(titlesIn) };
}

test("the property list has each property of the schemas once, and no other", () => {
  const listed = entries.map(([path]) => path);
  assert.ok(leaves.length > 150);
  assert.deepEqual(
    leaves.filter((leaf) => !listed.includes(leaf)),
    [],
    "missing in test/properties/",
  );
  assert.deepEqual(
    listed.filter((path) => !leaves.includes(path)),
    [],
    "not in schemas/",
  );
  assert.equal(new Set(listed).size, listed.length);
});

test("the property list names tests that there are", () => {
  const missing = entries.flatMap(([path, { tests }]) =>
    tests
      .filter(({ file, title }) => !hasTest(readTest(file), title))
      .map(({ file, title }) => `${path}: ${file}: ${title}`),
  );
  assert.deepEqual(missing, []);
  const bare = entries.filter(([, { tests }]) => tests.length === 0);
  assert.deepEqual(
    bare.map(([path]) => path),
    [],
  );
});

test("the property list's tests name each value of a property that has a list of them", () => {
  const missing = schemaLeaves.flatMap(({ path, values }) => {
    const { tests = [] } = Object.fromEntries(entries)[path] ?? {};
    const text = [...new Set(tests.map(({ file }) => file))].map((file) => readTest(file).source).join("\n");
    return values
      .filter((value) => !new RegExp(`["\`]${value}["\`]`).test(text))
      .map((value) => `${path}: ${value}`);
  });
  assert.deepEqual(missing, []);
});

test("README.md shows the property list", () => {
  const readme = readFileSync("README.md", "utf8");
  assert.equal(replacePropertyTable(readme, propertyGroups), readme, "run scripts/properties.ts --write");
});

test("propertyLeaves() lists what a config.json can say, whatever file describes it", () => {
  for (const leaf of [
    "process.args",
    "process.rlimits[].soft",
    "mounts[].uidMappings[].hostID",
    "annotations",
    "linux.netDevices.*.name",
    "linux.seccomp.syscalls[].args[].op",
    "linux.resources.rdma.*.hcaHandles",
  ]) {
    assert.ok(leaves.includes(leaf), leaf);
  }
  assert.deepEqual(
    leaves.filter((leaf) => /commandLine|username|windows|solaris|freebsd|zos|^vm/.test(leaf)),
    [],
  );
});

test("the schemas have what runtime-spec 1.3 added for Linux", () => {
  const added = leaves.filter((leaf) => /\.(netDevices|memoryPolicy|intelRdt)\./.test(leaf));
  assert.deepEqual(added.sort(), [
    "linux.intelRdt.closID",
    "linux.intelRdt.enableCMT",
    "linux.intelRdt.enableMBM",
    "linux.intelRdt.enableMonitoring",
    "linux.intelRdt.l3CacheSchema",
    "linux.intelRdt.memBwSchema",
    "linux.intelRdt.schemata",
    "linux.memoryPolicy.flags",
    "linux.memoryPolicy.mode",
    "linux.memoryPolicy.nodes",
    "linux.netDevices.*.name",
  ]);
});

test("propertyTable() has a row for each group, with properties, files and reasons", () => {
  const groups = {
    "a.b": each("a.b.", ["x", "y.v", "y.w"], by("unit/b", "one", "two")),
    hostname: { hostname: refused("no such thing", by("unit/a", "three")) },
    "c.d": each("c.d[].", ["z"], by("unit/c", "four")),
  };
  assert.deepEqual(propertyTable(groups).split("\n").slice(2), [
    "| `a.b` | `x`, `y` | `unit/b` |",
    "| `hostname` |  | `unit/a`; refused: no such thing |",
    "| `c.d` | `z` | `unit/c` |",
  ]);
});

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: sources as text
test("titlesIn() finds tests by either name, not methods", () => {
  const source =
    'it("a", f); test(`b ${c}`, g); /x/.test("no"); await(test("d")); it(`e${f.map((g) => ` ${g}`)}`)';
  assert.deepEqual(titlesIn(source), ['"a"', "`b ${c}`", '"d"', "`e${f.map((g) => ` ${g}`)}`"]);
});

test("hasTest() wants what a template is filled with in the source", () => {
  const source = 'for (const type of ["pid", "ipc"]) it(`a ${type} namespace (x.y)`, f);';
  const file = { source, titles: titlesIn(source) };
  assert.ok(hasTest(file, "a pid namespace (x.y)"));
  assert.ok(!hasTest(file, "a uts namespace (x.y)"));
  assert.ok(!hasTest(file, "a pid namespace"));
  assert.ok(hasTest({ source: "", titles: ['"plain"'] }, "plain"));
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: sources as text
