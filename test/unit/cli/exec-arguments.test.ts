import assert from "node:assert/strict";
import { test } from "node:test";
import { parseGroups, parseSubCgroups, parseUser } from "../../../src/cli/exec-arguments.ts";

for (const [text, expected] of [
  ["0", { uid: 0 }],
  ["1", { uid: 1 }],
  ["1:2", { uid: 1, gid: 2 }],
  ["0:0", { uid: 0, gid: 0 }],
  ["01:007", { uid: 1, gid: 7 }],
  ["4294967294", { uid: 4294967294 }],
] as const) {
  test(`parseUser() reads "${text}"`, () => assert.deepEqual(parseUser(text), expected));
}

for (const text of [
  "",
  " 1",
  "1 ",
  "1:",
  ":1",
  ":",
  "-1",
  "+1",
  "1:-1",
  "1:2:3",
  "0x1",
  "1e3",
  "1.0",
  "4294967295",
  "4294967296",
  "99999999999999999999999",
  "name",
  "1:name",
  "١",
]) {
  test(`parseUser() refuses ${JSON.stringify(text)} (CVE-2026-30892)`, () => {
    assert.throws(() => parseUser(text), /bad (uid|gid): /);
  });
}

test("parseGroups() takes numbers alone", () => {
  assert.deepEqual(parseGroups(["7", "0"]), [7, 0]);
  assert.throws(() => parseGroups(["7", "-8"]), { message: 'bad gid in --additional-gids: "-8"' });
});

test("parseSubCgroups() tells paths by controller", () => {
  const parse = (...texts: string[]) => Object.fromEntries(parseSubCgroups(texts));
  assert.deepEqual(parse(), {});
  assert.deepEqual(parse("a/b"), { "": "a/b" });
  assert.deepEqual(parse("cpu:a:b"), { cpu: "a:b" });
  assert.deepEqual(parse("memory:a", "cpu,cpuacct:b"), { memory: "a", cpu: "b", cpuacct: "b" });
});

for (const [texts, words] of [
  [["a", "b"], "invalid --cgroup argument: a (missing <controller>: prefix)"],
  [["cpu:a", "b"], "invalid --cgroup argument: b (missing <controller>: prefix)"],
  [[":a"], "invalid --cgroup argument: :a (empty <controller> prefix)"],
  [["cpu,:a"], "invalid --cgroup argument: cpu,:a (empty <controller> prefix)"],
  [["cpu:a", "cpu:b"], "invalid --cgroup argument(s): controller cpu specified multiple times"],
] as const) {
  test(`parseSubCgroups() refuses ${texts.join(" ")}`, () => {
    assert.throws(() => parseSubCgroups(texts), { message: words });
  });
}
