import assert from "node:assert/strict";
import { mkdirSync, realpathSync, statSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { mountPointOf } from "../../../src/init/mount-point.ts";
import { withDirectory } from "../../helpers/directory.ts";

test("mountPointOf() a file system's root is itself", () => {
  for (const path of ["/", "/proc", "/proc/"]) assert.equal(mountPointOf(path), realpathSync(path));
});

test("mountPointOf() what lies in a mount is that mount", () => {
  assert.equal(mountPointOf("/proc/self/status"), "/proc");
  withDirectory((directory) => {
    const deep = join(directory, "a/b");
    mkdirSync(deep, { recursive: true });
    const point = mountPointOf(deep);
    assert.ok(`${deep}/`.startsWith(point === "/" ? "/" : `${point}/`));
    assert.equal(statSync(point).dev, statSync(deep).dev);
    if (point !== "/") assert.notEqual(statSync(dirname(point)).dev, statSync(point).dev);
  });
});

test("mountPointOf() follows symbolic links first", () => {
  withDirectory((directory) => {
    symlinkSync("/proc/self", join(directory, "link"));
    assert.equal(mountPointOf(join(directory, "link")), "/proc");
  });
});

test("mountPointOf() what does not exist fails", () => {
  assert.throws(() => mountPointOf("/nonexistent"), { code: "ENOENT" });
});
