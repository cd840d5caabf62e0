import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { type GlobalValues, globalFlags, logOptions, runtimeOptions } from "../../../src/cli/global-flags.ts";
import { readArguments } from "../../../src/cli/parse.ts";

function values(...args: string[]): GlobalValues {
  return readArguments(globalFlags, args, "first").values;
}

test("logOptions() takes the log flags", () => {
  assert.deepEqual(logOptions(values()), { file: undefined, format: "text", debug: false });
  assert.deepEqual(logOptions(values("--log", "l", "--log-format=json", "--debug")), {
    file: "l",
    format: "json",
    debug: true,
  });
});

test("logOptions() refuses an unknown format in runc's words", () => {
  assert.throws(() => logOptions(values("--log-format", "xml")), { message: "invalid log-format: xml" });
});

test("runtimeOptions() makes the state directory absolute", () => {
  assert.equal(runtimeOptions(values("--root", "/a/../b/")).root, "/b");
  assert.equal(runtimeOptions(values("--root", "x")).root, join(process.cwd(), "x"));
});

for (const root of ["", "/", "/..", "//"]) {
  test(`runtimeOptions() refuses ${JSON.stringify(root)} as state directory`, () => {
    assert.throws(() => runtimeOptions(values("--root", root)), {
      message: "option --root must not be empty or /",
    });
  });
}

const rootless: readonly (readonly [text: string, value: "auto" | boolean])[] = [
  ["auto", "auto"],
  ["AUTO", "auto"],
  ["", "auto"],
  ["true", true],
  ["1", true],
  ["false", false],
];

for (const [text, value] of rootless) {
  test(`runtimeOptions() reads --rootless=${text}`, () => {
    assert.equal(runtimeOptions(values("--root=/r", `--rootless=${text}`)).rootless, value);
  });
}

test("runtimeOptions() refuses another value of --rootless", () => {
  assert.throws(() => runtimeOptions(values("--root=/r", "--rootless=maybe")), {
    message: 'invalid value "maybe" for flag -rootless: want true, false or auto',
  });
});

test("runtimeOptions() passes --systemd-cgroup on", () => {
  assert.equal(runtimeOptions(values("--root=/r")).systemdCgroup, false);
  assert.equal(runtimeOptions(values("--root=/r", "--systemd-cgroup")).systemdCgroup, true);
});
