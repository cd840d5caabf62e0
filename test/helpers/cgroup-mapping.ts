import assert from "node:assert/strict";
import { test } from "node:test";
import type { CgroupWrite } from "../../src/cgroups/write.ts";
import type { Resources } from "../../src/oci/types.ts";

/** A case of a mapping: what it shows, linux.resources, and the writes as `file=value`. */
export type MappingCase = readonly [name: string, resources: Resources, writes: readonly string[]];

/** Tests that `toFiles` makes of each case's resources exactly its writes, in their order. */
export function testMapping(
  toFiles: (resources: Resources) => CgroupWrite[],
  cases: readonly MappingCase[],
): void {
  for (const [name, resources, writes] of cases) {
    test(`toFiles() ${name}`, () => {
      assert.deepEqual(
        toFiles(resources).map(({ file, value }) => `${file}=${value}`),
        writes,
      );
    });
  }
  test("toFiles() writes nothing where nothing is asked for", () => assert.deepEqual(toFiles({}), []));
}
