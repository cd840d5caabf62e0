import assert from "node:assert/strict";
import { geteuid, pid } from "node:process";
import { test } from "node:test";
import { TsrunError } from "../../../src/base/errors.ts";
import { bootId } from "../../../src/container/boot.ts";
import { newRecord, withProcess } from "../../../src/container/container-record.ts";
import type { CreateRequest } from "../../../src/container/options.ts";
import type { Prepared } from "../../../src/container/prepare-config.ts";
import { processInfo } from "../../../src/container/process-info.ts";
import { parseRecord, recordText } from "../../../src/container/record.ts";
import { thisRuntime } from "../../../src/container/runtime-process.ts";
import type { Config, Namespace } from "../../../src/oci/types.ts";
import { planCapabilities } from "../../../src/security/capabilities.ts";
import { emptyRecord } from "../../helpers/container-record.ts";

test("parseRecord() reads what was written, with what a newer version added", () => {
  const record = { ...emptyRecord, future: { a: 1 } };
  assert.deepEqual(parseRecord(JSON.stringify(record), "/x"), record);
});

for (const [what, text, reason] of [
  ["empty", "", /is damaged: Unexpected end of JSON input/],
  ["cut off", '{"version": 1, "id', /is damaged: /],
  ["of another type", "[]", /is damaged: the document: .*object/],
  ["lacking a field", JSON.stringify({ ...emptyRecord, pid: undefined }), /is damaged: .*pid/],
  ["wrong in a field", JSON.stringify({ ...emptyRecord, pid: "1" }), /is damaged: \/pid: /],
  [
    "wrong in what has one value",
    JSON.stringify({ ...emptyRecord, noNewKeyring: false }),
    /is damaged: \/noNewKeyring: expected true, found false/,
  ],
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

const written = recordText({ ...emptyRecord, bundle: "/b/\u{1F4E6}" });
const decoder = new TextDecoder();
const place = "/run/tsrun/a/state.json";

/** What is said of a text that is not as it was written: the file's name and what to do; undefined where it is read. */
function damage(bytes: Uint8Array): string | undefined {
  try {
    parseRecord(decoder.decode(bytes), place);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof TsrunError, String(error));
    assert.ok(error.message.startsWith(`the state file ${place} is `), error.message);
    assert.ok(error.hint);
    return error.message;
  }
}

test("parseRecord() sees that a text was cut off, wherever", () => {
  const bytes = Buffer.from(written);
  for (let length = 0; length < bytes.length; length++) {
    assert.match(damage(bytes.subarray(0, length)) ?? "", / is damaged: /, `${length} bytes`);
  }
});

test("parseRecord() sees every flipped bit but those of the sum's own name", () => {
  const bytes = Buffer.from(written);
  const sum = written.lastIndexOf(',"sum"');
  const summed = Buffer.byteLength(written.slice(0, sum));
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const message = damage(flipped);
    if (bit >> 3 < summed) assert.ok(message !== undefined, `bit ${bit} of ${flipped.toString()}`);
  }
});

test("parseRecord() refuses what a newer version wrote, whatever it looks like", () => {
  const [newer, strange] = [recordText({ ...emptyRecord, version: 2 }), '{"version":3}'];
  assert.throws(() => parseRecord(newer, place), {
    message: `the state file ${place} is of version 2, and this tsrun reads version 1`,
  });
  assert.throws(() => parseRecord(strange, place), {
    hint: "a newer tsrun made the container: use that one",
  });
});

const request: CreateRequest = {
  id: "a",
  bundle: "/b",
  noPivot: false,
  noNewKeyring: false,
  preserveFds: 0,
};

function prepared(config: Config): Prepared {
  const capabilities = planCapabilities({}, { last: 0, available: 0n });
  return {
    config,
    bundle: "/b",
    rootfs: "/b/rootfs",
    process: { cwd: "/" },
    capabilities,
    attributes: undefined,
    filter: undefined,
    groups: true,
  };
}

test("newRecord() has no process yet, and what later commands need of the configuration", () => {
  const config = { ociVersion: "1.2.0", annotations: { key: "value" } };
  const record = newRecord(request, prepared(config), emptyRecord.cgroup);
  assert.match(record.created, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
  assert.deepEqual(record, {
    ...emptyRecord,
    ...config,
    bundle: "/b",
    rootfs: "/b/rootfs",
    created: record.created,
    owner: geteuid?.(),
    bootId: bootId(),
    mountsBefore: [],
    ready: false,
    ownPidNamespace: false,
  });
  assert.deepEqual(parseRecord(JSON.stringify(record), "/x"), record);
});

test("newRecord() notes the runtime that will delete the container, if one stays for that", () => {
  const runtime = thisRuntime();
  const record = newRecord({ ...request, runtime }, prepared({ ociVersion: "1.3.0" }), emptyRecord.cgroup);
  assert.deepEqual(record.runtime, runtime);
  assert.equal(record.runtime?.pid, pid);
  assert.deepEqual(parseRecord(JSON.stringify(record), "/x"), record);
});

const pidNamespaces: readonly (readonly [what: string, namespaces: Namespace[], own: boolean])[] = [
  ["a new pid namespace", [{ type: "pid" }], true],
  ["a pid namespace with an empty path", [{ type: "ipc" }, { type: "pid", path: "" }], true],
  ["another's pid namespace", [{ type: "pid", path: "/proc/1/ns/pid" }], false],
  ["the host's pid namespace", [], false],
];

test("newRecord() notes mounts only where the container shares its runtime's", () => {
  const config = { ociVersion: "1.3.0", linux: { namespaces: [{ type: "mount" }] as Namespace[] } };
  assert.equal(newRecord(request, prepared(config), emptyRecord.cgroup).mountsBefore, undefined);
});

for (const [what, namespaces, own] of pidNamespaces) {
  test(`newRecord() says whether init's end ends all that is in ${what}`, () => {
    const config = { ociVersion: "1.3.0", linux: { namespaces } };
    assert.equal(newRecord(request, prepared(config), emptyRecord.cgroup).ownPidNamespace, own);
  });
}

test("withProcess() notes the process with its start time, and the cgroup as it was made", () => {
  const cgroup = { mode: "v2", paths: { "": "/sys/fs/cgroup/a" } } as const;
  const record = withProcess(emptyRecord, pid, cgroup);
  assert.deepEqual(record, { ...emptyRecord, pid, startTime: processInfo(pid)?.startTime, cgroup });
});
