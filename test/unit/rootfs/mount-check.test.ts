import assert from "node:assert/strict";
import { test } from "node:test";
import { TsrunError } from "../../../src/base/errors.ts";
import { checkMounts } from "../../../src/rootfs/mount-check.ts";

const plain = { destination: "/a", options: ["ro", "rbind", "rslave", "rw", "relatime", "size=1"] };
const recursive = { destination: "/b", options: ["rbind", "rro"] };

test("checkMounts() refuses attributes of whole trees where the kernel has none, by their place", () => {
  assert.throws(
    () => checkMounts([plain, recursive], () => false),
    (error) =>
      error instanceof TsrunError &&
      error.pointer === "/mounts/1/options/1" &&
      /^mounting \/b: rro .* Linux 5\.12$/.test(error.message),
  );
});

test("checkMounts() takes them where it has, and does not ask where they are not wanted", () => {
  checkMounts([plain, recursive], () => true);
  checkMounts([plain, { destination: "/c" }], () => assert.fail("asked"));
});
