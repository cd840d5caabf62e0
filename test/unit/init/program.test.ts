import assert from "node:assert/strict";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { findProgram } from "../../../src/init/program.ts";
import { local } from "../../../src/sys/local.ts";
import { withDirectory } from "../../helpers/directory.ts";

/** Two directories of programs; the first also holds what cannot be executed. */
function withPrograms(body: (first: string, second: string) => void): void {
  withDirectory((directory) => {
    const [first, second] = [join(directory, "first"), join(directory, "second")];
    for (const path of [first, second, join(first, "directory")]) mkdirSync(path);
    for (const [path, mode] of [
      [join(first, "program"), 0o755],
      [join(second, "program"), 0o755],
      [join(first, "data"), 0o644],
      [join(second, "data"), 0o755],
      [join(second, "directory"), 0o755],
    ] as const) {
      writeFileSync(path, "#!/bin/sh\n");
      chmodSync(path, mode);
    }
    body(first, second);
  });
}

test("findProgram() takes a name with a slash as it is", () => {
  withPrograms((first) => {
    assert.equal(findProgram(local, `${first}/program`, []), `${first}/program`);
    const before = process.cwd();
    process.chdir(first);
    assert.equal(findProgram(local, "./program", ["PATH=/nonexistent"]), "./program");
    process.chdir(before);
  });
});

test("findProgram() takes the first executable of PATH, and no directory", () => {
  withPrograms((first, second) => {
    const environment = ["A=1", `PATH=/nonexistent:${first}:${second}`];
    assert.equal(findProgram(local, "program", environment), `${first}/program`);
    assert.equal(findProgram(local, "data", environment), `${second}/data`);
    assert.equal(findProgram(local, "directory", environment), `${second}/directory`);
  });
});

test("findProgram() takes the last of several PATHs, and the working directory for an empty element", () => {
  withPrograms((first, second) => {
    const environment = [`PATH=${first}`, `PATH=${second}`];
    assert.equal(findProgram(local, "program", environment), `${second}/program`);
    const before = process.cwd();
    process.chdir(first);
    assert.equal(findProgram(local, "program", ["PATH=/nonexistent:"]), "./program");
    process.chdir(before);
  });
});

const failures: readonly (readonly [name: string, environment: readonly string[], message: RegExp])[] = [
  ["program", ["PATH=/nonexistent"], /^exec: "program": executable file not found in \$PATH$/],
  ["program", [], /^exec: "program": executable file not found in \$PATH$/],
  ["/nonexistent/x", [], /^exec: "\/nonexistent\/x": stat \/nonexistent\/x: no such file or directory$/],
  ["/tmp", [], /^exec: "\/tmp": permission denied: it is a directory$/],
  ["/etc/passwd", [], /^exec: "\/etc\/passwd": permission denied/],
  ["/etc/passwd/x", [], /^exec: "\/etc\/passwd\/x": not a directory$/],
];

for (const [name, environment, message] of failures) {
  test(`findProgram() says ${message.source}`, () => {
    assert.throws(
      () => findProgram(local, name, environment),
      (error: Error & { pointer?: string }) => {
        assert.match(error.message, message);
        assert.equal(error.pointer, "/process/args/0");
        return true;
      },
    );
  });
}

test("findProgram() hints at PATH", () => {
  assert.throws(() => findProgram(local, "x", ["PATH=/a:/b"]), { hint: "PATH is /a:/b" });
  assert.throws(() => findProgram(local, "x", ["HOME=/"]), { hint: "process.env has no PATH" });
});
