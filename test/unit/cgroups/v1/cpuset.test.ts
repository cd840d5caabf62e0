import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { inheritCpuset, toFiles } from "../../../../src/cgroups/v1/cpuset.ts";
import { carryOut } from "../../../../src/cgroups/write.ts";

const root = mkdtempSync(join(tmpdir(), "tsrun-test-"));
after(() => rmSync(root, { recursive: true }));

/** A folder that looks like a cpuset. */
function cpuset(path: string, prefix: string, cpus: string, mems: string): string {
  const directory = join(root, path);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, `${prefix}cpus`), cpus);
  writeFileSync(join(directory, `${prefix}mems`), mems);
  return directory;
}

for (const prefix of ["cpuset.", ""]) {
  const top = cpuset(`prefix${prefix}`, prefix, "0-3\n", "0\n");
  const text = (directory: string, name: string) => readFileSync(join(directory, `${prefix}${name}`), "utf8");

  test(`toFiles() says what to write to ${prefix}cpus and ${prefix}mems`, () => {
    const directory = cpuset(`prefix${prefix}/written`, prefix, "", "");
    for (const write of toFiles({ cpu: { cpus: "1", mems: "0" } })) carryOut(directory, write);
    assert.deepEqual([text(directory, "cpus"), text(directory, "mems")], ["1", "0"]);
  });

  test(`inheritCpuset() fills ${prefix}cpus of a cpuset and of those above that lack them`, () => {
    const above = cpuset(`prefix${prefix}/a`, prefix, "\n", "\n");
    const directory = cpuset(`prefix${prefix}/a/b`, prefix, "\n", "\n");
    assert.equal(inheritCpuset(directory), true);
    for (const each of [above, directory])
      assert.deepEqual([text(each, "cpus"), text(each, "mems")], ["0-3", "0"]);
  });

  test(`inheritCpuset() keeps what ${prefix}cpus has`, () => {
    const directory = cpuset(`prefix${prefix}/c`, prefix, "2\n", "\n");
    inheritCpuset(directory);
    assert.deepEqual([text(directory, "cpus"), text(directory, "mems")], ["2\n", "0"]);
    assert.equal(text(top, "cpus"), "0-3\n");
  });
}
