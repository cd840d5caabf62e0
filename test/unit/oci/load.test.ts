import assert from "node:assert/strict";
import { test } from "node:test";
import { TsrunError } from "../../../src/base/errors.ts";
import { setLogSink } from "../../../src/base/log.ts";
import { errorText } from "../../../src/cli/error-text.ts";
import { DocumentError } from "../../../src/oci/fault.ts";
import { parseConfig } from "../../../src/oci/load.ts";
import type { Config } from "../../../src/oci/types.ts";
import { specWith } from "../../helpers/documents.ts";

const context = { rootless: false };

function parse(document: unknown): Config {
  return parseConfig(JSON.stringify(document), "config.json", context);
}

/** The one line that the user sees of the error that `body` must throw. */
function failure(body: () => unknown): string {
  let line = "";
  assert.throws(body, (error: unknown) => {
    assert.ok(error instanceof TsrunError);
    line = errorText(error);
    assert.ok(!line.includes("\n"));
    return true;
  });
  return line;
}

test("parseConfig() names line and column of a syntax fault", () => {
  const text = '{\n  "ociVersion": "1.3.0",\n  "process": }\n';
  assert.equal(
    failure(() => parseConfig(text, "config.json", context)),
    'invalid config.json: line 3, column 14: expected a value, found "}"',
  );
});

test("parseConfig() refuses what is not an object", () => {
  for (const [text, found] of [
    ["[]", "an empty array"],
    ["null", "null"],
    ['"x"', '"x"'],
  ] as const) {
    assert.equal(
      failure(() => parseConfig(text, "config.json", context)),
      `invalid config.json: the document: expected an object, found ${found}`,
    );
  }
});

test("parseConfig() lists every fault with place, expectation and finding on one line", () => {
  const document = specWith({
    process: { cwd: 3, rlimits: [{ type: "RLIMIT_NOFILE", hard: -1 }] },
    root: { path: undefined },
    linux: { namespaces: [{ type: "nettwork" }] },
  });
  assert.equal(
    failure(() => parse(document)),
    "invalid config.json (5 faults): /root/path: required, but missing; " +
      "/process/cwd: expected a string, found 3; " +
      "/process/rlimits/0/soft: required, but missing; " +
      "/process/rlimits/0/hard: expected an integer >= 0, found -1; " +
      '/linux/namespaces/0/type: expected one of "mount", "pid", "network", "uts", "ipc", "user", "cgroup", ' +
      '"time", found "nettwork" (did you mean "network"?)',
  );
});

test("parseConfig() carries the faults as data", () => {
  assert.throws(
    () => parse(specWith({ process: { args: [] } })),
    (error: unknown) => {
      assert.ok(error instanceof DocumentError);
      assert.deepEqual(error.faults, [{ pointer: "/process/args", message: "must name the program to run" }]);
      return true;
    },
  );
});

test("parseConfig() takes versions 1.0 to 1.3 and tells of others alone", () => {
  for (const version of ["1.0.0", "1.0.2-dev", "1.0.0-rc5", "1.1.0", "1.2.1", "1.3.0", "1.3.7+build"]) {
    assert.equal(parse(specWith({ ociVersion: version })).ociVersion, version);
  }
  for (const version of ["1.4.0", "2.0.0", "0.9.0", "1.3", "one", "1.0.00", ""]) {
    const line = failure(() => parse({ ociVersion: version, process: 1 }));
    assert.equal(
      line,
      `invalid config.json: /ociVersion: unsupported version ${JSON.stringify(version)}, tsrun takes 1.0.0 to 1.3.0`,
    );
  }
});

test("parseConfig() refuses what nests too deep to walk", () => {
  const nested = `${"[".repeat(100_000)}null${"]".repeat(100_000)}`;
  const text = JSON.stringify(specWith({ future: 0 })).replace('"future":0', `"future":${nested}`);
  assert.equal(
    failure(() => parseConfig(text, "config.json", context)),
    "invalid config.json: nested too deep",
  );
});

test("parseConfig() demands a version", () => {
  assert.equal(
    failure(() => parse(specWith({ ociVersion: undefined }))),
    "invalid config.json: /ociVersion: required, but missing",
  );
  assert.equal(
    failure(() => parse(specWith({ ociVersion: 1 }))),
    "invalid config.json: /ociVersion: expected a string, found 1",
  );
});

test("parseConfig() ignores unknown properties", () => {
  const document = parse(specWith({ future: { a: 1 }, process: { future: [1] }, linux: { future: null } }));
  assert.deepEqual(document.process?.args, ["sh"]);
});

test("parseConfig() takes null for absence, as runc does, but not in a list", () => {
  const document = parse(
    specWith({ hooks: null, process: { apparmorProfile: null }, annotations: { a: "null" } }),
  );
  assert.ok(!("hooks" in document));
  assert.deepEqual(document.annotations, { a: "null" });
  assert.equal(
    failure(() => parse(specWith({ process: { cwd: null } }))),
    "invalid config.json: /process/cwd: required, but missing",
  );
  assert.equal(
    failure(() => parse(specWith({ process: { args: ["a", null] } }))),
    "invalid config.json: /process/args/1: expected a string, found null",
  );
});

test("parseConfig() takes the largest numbers that engines send", () => {
  const text = JSON.stringify(specWith({})).replaceAll("1024", "18446744073709551615");
  assert.deepEqual(parseConfig(text, "config.json", context).process?.rlimits, [
    { type: "RLIMIT_NOFILE", hard: 2n ** 64n - 1n, soft: 2n ** 64n - 1n },
  ]);
});

test("parseConfig() logs warnings", () => {
  const messages: string[] = [];
  const previous = setLogSink((level, message) => messages.push(`${level}: ${message}`));
  try {
    parse(specWith({ mounts: [{ destination: "data" }] }));
  } finally {
    setLogSink(previous);
  }
  assert.deepEqual(messages, [
    'warning: config.json: /mounts/0/destination: should be an absolute path, taking "data" from the root',
  ]);
});
