import assert from "node:assert/strict";
import { test } from "node:test";
import {
  MS_DIRSYNC,
  MS_I_VERSION,
  MS_LAZYTIME,
  MS_MANDLOCK,
  MS_POSIXACL,
  MS_RDONLY,
  MS_SILENT,
  MS_SYNCHRONOUS,
} from "../../../src/sys/mount.ts";
import { mountData, withoutQuotes } from "../../../src/sys/mount-data.ts";

const all = MS_SYNCHRONOUS | MS_DIRSYNC | MS_MANDLOCK | MS_LAZYTIME | MS_I_VERSION | MS_SILENT;

const cases: readonly (readonly [options: string[], flags: number, data: string])[] = [
  [[], 0, ""],
  [["ro", "size=64k", "mode=700"], MS_RDONLY, "size=64k,mode=700"],
  [["ro", "rw"], 0, ""],
  [["sync", "dirsync", "mand", "lazytime", "iversion", "silent"], all, ""],
  [["sync", "async", "mand", "nomand", "lazytime", "nolazytime", "iversion", "noiversion"], 0, ""],
  [["acl"], MS_POSIXACL, ""],
  [["acl", "noacl"], 0, ""],
  [["async", "sync"], MS_SYNCHRONOUS, ""],
  [["toString", "constructor"], 0, "toString,constructor"],
  [["context=u:r:t:s0:c1,c2", "size=1m"], 0, 'context="u:r:t:s0:c1,c2",size=1m'],
  [['rootcontext="u:r:t:s0"'], 0, 'rootcontext="u:r:t:s0"'],
  [["xcontext=a"], 0, "xcontext=a"],
];

for (const [options, flags, data] of cases) {
  test(`mountData() of ${options.join(",") || "nothing"}`, () => {
    assert.deepEqual(mountData(options), { flags, data });
  });
}

test("mountData() refuses more than mount(2) would read", () => {
  assert.equal(mountData([`a=${"x".repeat(4093)}`]).data.length, 4095);
  assert.throws(() => mountData([`a=${"x".repeat(4094)}`]), /takes 4095 bytes of options, these have 4096/);
});

test("withoutQuotes() takes them off labels alone", () => {
  assert.equal(withoutQuotes('context="u:r:t:s0:c1,c2"'), "context=u:r:t:s0:c1,c2");
  assert.equal(withoutQuotes("fscontext=u:r:t"), "fscontext=u:r:t");
  assert.equal(withoutQuotes('name="x"'), 'name="x"');
});
