import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TsrunError } from "../../../src/base/errors.ts";
import { writeWithHelper } from "../../../src/namespaces/map-helper.ts";
import { withDirectory } from "../../helpers/directory.ts";

const ranges = [{ containerID: 0, hostID: 3_000_000_000, size: 65_536 }];

/** What is thrown with a helper that does `script`, or with none. */
function failureOf(script: string | undefined): TsrunError {
  let failure: unknown;
  const { PATH } = process.env;
  withDirectory((directory) => {
    if (script !== undefined) {
      writeFileSync(join(directory, "newgidmap"), `#!/bin/sh\n${script}\n`);
      chmodSync(join(directory, "newgidmap"), 0o755);
    }
    process.env["PATH"] = directory;
    try {
      writeWithHelper(1, "gid", ranges);
    } catch (error) {
      failure = error;
    } finally {
      process.env["PATH"] = PATH;
    }
  });
  return failure as TsrunError;
}

test("writeWithHelper() names the package of a helper that is missing", () => {
  const failure = failureOf(undefined);
  assert.equal(failure.message, "writing the gid map of process 1 with newgidmap");
  assert.equal(failure.pointer, "/linux/gidMappings");
  assert.match(failure.hint ?? "", /install newgidmap \(package uidmap/);
});

test("writeWithHelper() says which line /etc/subgid lacks", () => {
  const failure = failureOf("echo 'newgidmap: gid range [0-65536) -> [3000000000-) not allowed' >&2; exit 1");
  assert.match(String((failure.cause as Error).message), /not allowed/);
  assert.match(failure.hint ?? "", /add to \/etc\/subgid: \w+:3000000000:65536$/);
});

test("writeWithHelper() says that ranges belong to accounts", () => {
  const failure = failureOf("echo 'newgidmap: Cannot determine your user name.' >&2; exit 1");
  assert.match(failure.hint ?? "", /needs an account/);
});

test("writeWithHelper() says what a helper needs that may not write", () => {
  const failure = failureOf("echo 'newgidmap: write to gid_map failed: Operation not permitted' >&2; exit 1");
  assert.match(failure.hint ?? "", /setuid root/);
});

test("writeWithHelper() is content with a helper that is", () => {
  assert.equal(failureOf("exit 0"), undefined);
});
