import assert from "node:assert/strict";
import { test } from "node:test";
import { TsrunError } from "../../../src/base/errors.ts";
import { errorText } from "../../../src/cli/error-text.ts";
import { explainRefusal } from "../../../src/container/update-failure.ts";
import { SyscallError } from "../../../src/sys/syscall-error.ts";

const EINVAL = 22;
const EBUSY = 16;

function refusal(place: string, errno: number): TsrunError {
  const cause = new SyscallError("write", errno, "/file");
  return new TsrunError("writing it", { cause, pointer: `/linux/resources${place}` });
}

test("explainRefusal() names the place in the document that asked for the limit", () => {
  const request = { resources: { pids: { limit: 5 } }, document: "resources /r.json" };
  assert.equal(
    errorText(explainRefusal(refusal("/pids/limit", EINVAL), request)),
    "writing it: write /file: invalid argument (resources /r.json: /pids/limit)",
  );
});

test("explainRefusal() names no place for a flag: the text says which limit it is", () => {
  const request = { resources: { pids: { limit: 5 } } };
  const text = errorText(explainRefusal(refusal("/pids/limit", EINVAL), request));
  assert.equal(text, "writing it: write /file: invalid argument");
});

test("explainRefusal() leaves the place of a limit that nobody asked for now", () => {
  const request = { resources: { memory: { limit: 5 } } };
  const text = errorText(explainRefusal(refusal("/memory/swap", EINVAL), request));
  assert.match(text, /\(config\.json: \/linux\/resources\/memory\/swap\); memory and swap together/);
});

const reasons: readonly (readonly [place: string, errno: number, words: RegExp])[] = [
  ["/memory/limit", EBUSY, /uses more than that/],
  ["/memory/limit", EINVAL, /memory and swap together/],
  ["/cpu/shares", EINVAL, /idle/],
  ["/cpu/burst", EINVAL, /the burst is at most the quota/],
  ["/cpu/realtimeRuntime", EINVAL, /cpu\.rt_runtime_us/],
  ["/cpu/cpus", EINVAL, /part of that of the cgroup above/],
  ["/hugepageLimits/0/limit", EBUSY, /uses more than that/],
];

for (const [place, errno, words] of reasons) {
  test(`explainRefusal() says what the kernel means by errno ${errno} for ${place}`, () => {
    assert.match(errorText(explainRefusal(refusal(place, errno), { resources: {} })), words);
  });
}

test("explainRefusal() goes down a chain of errors", () => {
  const inner = refusal("/memory/limit", EBUSY);
  const outer = new TsrunError("unable to set memory limit", {
    cause: inner,
    pointer: "/linux/resources/memory/limit",
  });
  const text = errorText(explainRefusal(outer, { resources: { memory: { limit: 1 } } }));
  assert.doesNotMatch(text, /config\.json/);
  assert.match(text, /^unable to set memory limit: writing it: .*uses more than that/);
});

test("explainRefusal() leaves other errors alone", () => {
  const error = new Error("other");
  assert.equal(explainRefusal(error, { resources: {} }), error);
  const text = errorText(explainRefusal(new TsrunError("a", { pointer: "/process" }), { resources: {} }));
  assert.equal(text, "a (config.json: /process)");
});
