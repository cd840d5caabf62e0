import assert from "node:assert/strict";
import { test } from "node:test";
import { homeOf, processEnvironment } from "../../../src/security/environment.ts";

const passwd = [
  "root:x:0:0:root:/root:/bin/sh",
  "# a comment",
  "1000:x:0:0:a name of digits:/wrong:/bin/sh",
  "short:x:1000",
  "user:x:1000:1000::/home/user:/bin/sh",
  "other:x:1000:1000::/home/other:/bin/sh",
  "homeless:x:1001:1001:::/bin/sh",
  "padded:x:01002:1002::/home/padded:/bin/sh",
  "",
].join("\n");

for (const [uid, home] of [
  [0, "/root"],
  [1000, "/home/user"],
  [1001, "/"],
  [1002, "/"],
  [4_294_967_294, "/"],
] as const) {
  test(`homeOf() gives ${home} for user ${uid}`, () => assert.equal(homeOf(passwd, uid), home));
}

test("homeOf() takes no home that an environment cannot hold", () => {
  assert.equal(homeOf("root:x:0:0::/a\0b:/bin/sh\n", 0), "/");
});

test("homeOf() bears an empty file", () => assert.equal(homeOf("", 0), "/"));

const never = (): string => assert.fail("HOME was not needed");

test("processEnvironment() keeps the last of a repeated variable, in its place", () => {
  assert.deepEqual(processEnvironment(["A=1", "HOME=/h", "B=x=y", "A=2", "C="], never), [
    "HOME=/h",
    "B=x=y",
    "A=2",
    "C=",
  ]);
});

test("processEnvironment() adds HOME where it is missing or empty", () => {
  assert.deepEqual(
    processEnvironment(["A=1"], () => "/home/user"),
    ["A=1", "HOME=/home/user"],
  );
  assert.deepEqual(
    processEnvironment(["HOME=", "A=1"], () => "/"),
    ["HOME=/", "A=1"],
  );
});
