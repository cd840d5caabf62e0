import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { peers } from "./peers.ts";
import { rows } from "./rows.ts";

const fileOf = (cve: string) => `test/security/${cve.toLowerCase()}.test.ts`;

for (const row of rows) {
  const [first = ""] = row;
  test(`${row.join(", ")}: there is a test file, which names each of them`, () => {
    assert.ok(existsSync(fileOf(first)), `${fileOf(first)} is not there`);
    const text = readFileSync(fileOf(first), "utf8");
    assert.match(text, /\bproves\(/);
    for (const cve of row) assert.ok(text.includes(cve), `${fileOf(first)} does not name ${cve}`);
  });
}

test("what is said of peers is said of attacks that there are", () => {
  const files = readdirSync("test/security").filter((name) => name.endsWith(".test.ts"));
  const text = files.map((name) => readFileSync(`test/security/${name}`, "utf8")).join("\n");
  for (const name of Object.keys(peers)) {
    const title = name.replace(/^(CVE-[^:]+|neighbour): /, "");
    assert.ok(text.includes(JSON.stringify(title)), `no attack is called ${title}`);
  }
});
