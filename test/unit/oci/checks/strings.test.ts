import assert from "node:assert/strict";
import { test } from "node:test";
import { faults } from "../../../helpers/documents.ts";

test("checkStrings() refuses NUL characters wherever the kernel would read a string", () => {
  assert.deepEqual(
    faults({
      process: { args: ["sh", "a\0b"], env: ["A=\0"] },
      linux: { sysctl: { "net.core.somaxconn": "1\0" }, maskedPaths: ["/proc/\0"] },
    }),
    [
      "/process/args/1: must not contain a NUL character",
      "/process/env/0: must not contain a NUL character",
      "/linux/maskedPaths/0: must not contain a NUL character",
      "/linux/sysctl/net.core.somaxconn: must not contain a NUL character",
    ],
  );
});

test("checkStrings() leaves annotations alone", () => {
  assert.deepEqual(faults({ annotations: { name: "a\0b" } }), []);
});
