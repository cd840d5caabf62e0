import assert from "node:assert/strict";
import { posix } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { absolutePath, directoryOf, lastName, resolvePath } from "../../../src/base/path.ts";

const names = fc.array(fc.constantFrom("a", "b.c", "..", ".", "", "..."), { maxLength: 6 });
const absolute = names.map((parts) => `/${parts.join("/")}`);
const any = fc.oneof(
  absolute,
  names.map((parts) => parts.join("/")),
);

test("resolvePath() resolves as node:path does", () => {
  fc.assert(
    fc.property(absolute, any, (base, path) => {
      assert.equal(resolvePath(base, path), posix.resolve(base, path));
    }),
    { seed: 1, numRuns: 2000 },
  );
});

test("absolutePath() starts at the working directory", () => {
  fc.assert(
    fc.property(any, (path) => {
      assert.equal(absolutePath(path), posix.resolve(path));
    }),
    { seed: 2 },
  );
});

test("directoryOf() and lastName() take a normal path apart as node:path does", () => {
  fc.assert(
    fc.property(absolute, (path) => {
      const normal = posix.resolve(path);
      assert.equal(directoryOf(normal), posix.dirname(normal));
      assert.equal(lastName(normal), posix.basename(normal));
    }),
    { seed: 3 },
  );
});
