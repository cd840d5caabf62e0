import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeLimits } from "../../../../src/doctor/judge/limits.ts";
import type { LimitFacts } from "../../../../src/doctor/read/limits.ts";

const ample: LimitFacts = {
  pidMax: 4_194_304,
  threadsMax: 100_000,
  descriptors: Number.POSITIVE_INFINITY,
  maxKeys: 1_000_000,
  keys: 6,
  inotifyInstances: 128,
  inotifyWatches: 8192,
  mounts: 100_000,
};

const rows: readonly (readonly [what: string, change: Partial<LimitFacts>, lacks: readonly string[]])[] = [
  ["that are ample", {}, []],
  ["of 1,000 pids", { pidMax: 1000 }, ["pid_max 1000"]],
  ["of few threads", { threadsMax: 500 }, ["threads-max 500"]],
  ["of 1,024 descriptors", { descriptors: 1024 }, ["open files (hard) 1024"]],
  [
    "of few watchers",
    { inotifyInstances: 16, inotifyWatches: 100 },
    ["inotify instances 16", "inotify watches 100"],
  ],
  ["of few mounts", { mounts: 100 }, ["mounts per namespace 100"]],
  ["of keys that are used up", { maxKeys: 200, keys: 150 }, ["keys 150 of 200"]],
  ["of keys that nobody has used", { maxKeys: 200, keys: undefined }, []],
];

for (const [what, change, lacks] of rows) {
  test(`judgeLimits() of limits ${what}`, () => {
    const found = judgeLimits({ ...ample, ...change }).filter(({ state }) => state !== "ok");
    assert.deepEqual(
      found.map((each) => `${each.name} ${each.found}`),
      lacks,
    );
    assert.ok(found.every(({ remedy }) => remedy !== undefined));
  });
}

test("judgeLimits() says nothing of what the kernel does not tell", () => {
  const none = Object.fromEntries(Object.keys(ample).map((name) => [name, undefined]));
  assert.deepEqual(judgeLimits(none as unknown as LimitFacts), []);
  assert.equal(judgeLimits(ample).find(({ name }) => name === "open files (hard)")?.found, "no limit");
});
