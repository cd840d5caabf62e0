import assert from "node:assert/strict";
import { pid } from "node:process";
import { test } from "node:test";
import { withProcess } from "../../../src/container/container-record.ts";
import { processInfo } from "../../../src/container/process-info.ts";
import { parseRecord } from "../../../src/container/record.ts";
import { emptyRecord } from "../../helpers/container-record.ts";

test("parseRecord() reads what was written, with what a newer version added", () => {
  const record = { ...emptyRecord, future: { a: 1 } };
  assert.deepEqual(parseRecord(JSON.stringify(record), "/x"), record);
});

for (const [what, text, reason] of [
  ["empty", "", /is damaged: Unexpected end of JSON input/],
  ["cut off", '{"version": 1, "id', /is damaged: /],
  ["of another type", "[]", /is damaged: .*object/],
  ["lacking a field", JSON.stringify({ ...emptyRecord, pid: undefined }), /is damaged: .*pid/],
  ["wrong in a field", JSON.stringify({ ...emptyRecord, pid: "1" }), /is damaged: \/pid: /],
  [
    "wrong deep inside",
    JSON.stringify({ ...emptyRecord, cgroup: { mode: "v3", paths: {} } }),
    /\/cgroup\/mode: /,
  ],
] as const) {
  test(`parseRecord() names the file that is ${what}`, () => {
    assert.throws(
      () => parseRecord(text, "/run/tsrun/a/state.json"),
      (error: Error & { hint?: string }) => {
        assert.match(error.message, /^the state file \/run\/tsrun\/a\/state\.json is damaged: /);
        assert.match(error.message, reason);
        assert.match(error.hint ?? "", /delete --force/);
        return true;
      },
    );
  });
}

test("withProcess() notes the process with its start time, and the cgroup as it was made", () => {
  const cgroup = { mode: "v2", paths: { "": "/sys/fs/cgroup/a" } } as const;
  const record = withProcess(emptyRecord, pid, cgroup);
  assert.deepEqual(record, { ...emptyRecord, pid, startTime: processInfo(pid)?.startTime, cgroup });
});
