import assert from "node:assert/strict";
import { test } from "node:test";
import { limitRefused } from "../../../src/cgroups/refusal.ts";
import { errorText } from "../../../src/cli/error-text.ts";

test("limitRefused() uses runc's words, and says what to do", () => {
  const write = { controller: "pids", file: "pids.max", value: "7", pointer: "/linux/resources/pids/limit" };
  const text = errorText(limitRefused(write, "/sys/fs/cgroup/c1"));
  assert.match(text, /^cannot set pids limit: container could not join or create cgroup/);
  assert.match(text, /\(config\.json: \/linux\/resources\/pids\/limit\); .*Delegate=/);
});
