import assert from "node:assert/strict";
import { test } from "node:test";
import { AT_FDCWD, O_RDONLY, openat } from "../../../src/sys/files.ts";
import { tryFlock } from "../../../src/sys/flock.ts";
import { local } from "../../../src/sys/local.ts";
import { withDirectory } from "../../helpers/directory.ts";

const EAGAIN = 11;

test("tryFlock() takes a lock, says that another has it, and gets it once that has closed the file", () => {
  withDirectory((directory) => {
    const open = () => openat(local, AT_FDCWD, directory, O_RDONLY);
    using second = open();
    {
      using first = open();
      assert.equal(tryFlock(local, first, true), 0);
      assert.equal(tryFlock(local, second, false), -EAGAIN);
    }
    assert.equal(tryFlock(local, second, false), 0);
  });
});
