import assert from "node:assert/strict";
import { chmodSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { pid } from "node:process";
import { test } from "node:test";
import { unusedFilters } from "../../../src/seccomp/cache-garbage.ts";
import { withDirectory } from "../../helpers/directory.ts";

const day = 86_400_000;
const now = Date.now();
const hex = (digit: string): string => digit.repeat(64);
/** No process has it: pid_max is below (proc_sys_kernel(5)). */
const nobody = 4_194_305;

/** @param age days since it was written and read last */
function keep(directory: string, name: string, age: number): void {
  writeFileSync(`${directory}/${name}`, "");
  utimesSync(`${directory}/${name}`, new Date(now - age * day), new Date(now - age * day));
}

test("unusedFilters() names old filters that no container has, and drafts of the dead", () => {
  withDirectory((directory) => {
    chmodSync(directory, 0o700);
    keep(directory, hex("a"), 8);
    keep(directory, hex("b"), 8);
    keep(directory, hex("c"), 6);
    keep(directory, `${hex("d")}.${pid}`, 8);
    keep(directory, `${hex("e")}.${nobody}`, 0);
    keep(directory, "notes", 8);
    const found = unusedFilters(directory, new Set([hex("b")]), now);
    assert.deepEqual(
      found.map(({ path, reason }) => [path.slice(directory.length + 1), reason]),
      [
        [hex("a"), "no container has it, and none has read it for 7 days"],
        [`${hex("e")}.${nobody}`, "its writer was killed before it was whole"],
      ],
    );
    assert.equal(readdirSync(directory).length, 6, "it only looks");
  });
});

test("unusedFilters() counts from the last reading, where the file system keeps it", () => {
  withDirectory((directory) => {
    chmodSync(directory, 0o700);
    keep(directory, hex("a"), 30);
    utimesSync(`${directory}/${hex("a")}`, new Date(now - day), new Date(now - 30 * day));
    assert.deepEqual(unusedFilters(directory, new Set(), now), []);
  });
});

test("unusedFilters() leaves a directory alone that is not ours alone", () => {
  withDirectory((directory) => {
    chmodSync(directory, 0o755);
    keep(directory, hex("a"), 30);
    assert.deepEqual(unusedFilters(directory, new Set(), now), []);
  });
});
