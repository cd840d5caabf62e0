import assert from "node:assert/strict";
import { test } from "node:test";
import { type HeldContainer, whyDead } from "../../../../src/container/gc/judge.ts";
import type { Status } from "../../../../src/oci/types.ts";

const statuses: readonly Status[] = ["creating", "created", "running", "paused", "stopped"];
const runtime = { pid: 1, startTime: 1, pidNamespace: 1 };

/** What is garbage, of all that there can be; everything else stays. */
const dead: Readonly<Record<string, RegExp>> = {
  "half-made, creating": /init waits for nobody$/,
  "half-made, stopped": /^whoever made it was killed before it was ready$/,
  "run whose runtime has ended, created": /killed before that could start it$/,
  "run whose runtime has ended, stopped": /killed before that could delete it$/,
};

const kinds: readonly (readonly [what: string, container: Omit<HeldContainer, "status">])[] = [
  ["half-made", { record: { ready: false }, runtimeEnded: undefined }],
  ["an engine's", { record: { ready: true }, runtimeEnded: undefined }],
  ["run whose runtime lives", { record: { ready: true, runtime }, runtimeEnded: false }],
  ["run whose runtime cannot be seen", { record: { ready: true, runtime }, runtimeEnded: undefined }],
  ["run whose runtime has ended", { record: { ready: true, runtime }, runtimeEnded: true }],
];

for (const [what, container] of kinds) {
  for (const status of statuses) {
    const expected = dead[`${what}, ${status}`];
    test(`whyDead() ${expected === undefined ? "keeps" : "gives up"} what is ${what}, ${status}`, () => {
      const reason = whyDead({ ...container, status });
      if (expected === undefined) assert.equal(reason, undefined);
      else assert.match(reason ?? "", expected);
    });
  }
}
