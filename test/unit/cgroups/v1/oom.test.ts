import assert from "node:assert/strict";
import { test } from "node:test";
import { watchOom } from "../../../../src/cgroups/v1/oom.ts";

test("watchOom() fails without the controller, in runc's words", () => {
  assert.throws(() => watchOom(undefined), { message: "memory controller missing" });
});

test("watchOom() says which cgroup gives no events", () => {
  assert.throws(() => watchOom("/proc/self/fdinfo"), /asking for events of cgroup \/proc\/self\/fdinfo/);
});
