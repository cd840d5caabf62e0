import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { call, lastLine, type Result, runtimeName } from "../helpers/runtime.ts";

const directory = mkdtempSync(join(tmpdir(), "cli-"));
after(() => rmSync(directory, { recursive: true }));

const root = join(directory, "root");
const tsrun = (...args: string[]): Result => call(directory, ["--root", root, ...args]);

/** Wrong command lines and what is said about them; runc is held to the same table. */
const wrong: readonly (readonly [line: string, message: string])[] = [
  ["state", ': "state" requires exactly 1 argument(s)'],
  ["state a b", ': "state" requires exactly 1 argument(s)'],
  ["list a", ': "list" requires exactly 0 argument(s)'],
  ["kill", ': "kill" requires a minimum of 1 argument(s)'],
  ["kill a 9 b", ': "kill" requires a maximum of 2 argument(s)'],
  ["ps", ': "ps" requires a minimum of 1 argument(s)'],
  ["delete -x a", "flag provided but not defined: -x"],
  ["run --bundle", "flag needs an argument: -bundle"],
  ["run --detach=maybe a", 'invalid boolean value "maybe" for -detach: parse error'],
  ["create --preserve-fds abc a", 'invalid value "abc" for flag -preserve-fds: parse error'],
];

for (const [line, message] of wrong) {
  test(`"${line}" is refused with help on stdout and one line on stderr`, () => {
    const result = tsrun(...line.split(" "));
    assert.equal(result.status, 1);
    assert.match(result.stdout, /^Incorrect Usage/);
    assert.ok(result.stdout.includes(`${runtimeName} ${line.split(" ")[0]}`), result.stdout);
    assert.match(result.stderr, /^time="\S+" level=error msg=.*\n$/);
    assert.ok(result.stderr.includes(`${JSON.stringify(message).slice(1, -1)}"`), result.stderr);
  });
}

for (const line of ["bogus", "help bogus", "- state"]) {
  test(`"${line}" names no command: exit status 3`, () => {
    const result = tsrun(...line.split(" "));
    assert.equal(result.status, 3);
    assert.ok(
      lastLine(result).includes(`No help topic for '${line.split(" ").find((word) => word !== "help")}'`),
    );
  });
}

for (const line of ["--help", "-h", "help", "kill --help", "kill -h", "help kill", "kill a --help", ""]) {
  test(`"${line}" shows help and succeeds`, () => {
    const result = tsrun(...line.split(" ").filter(Boolean));
    assert.deepEqual([result.status, result.stderr], [0, ""]);
    assert.ok(result.stdout.includes(line.includes("kill") ? "--all" : "--log-format"));
  });
}

for (const flag of ["--version", "-v"]) {
  test(`${flag} prints the three lines that engines parse first`, () => {
    const [name, commit, spec] = tsrun(flag).stdout.split("\n");
    assert.match(name ?? "", new RegExp(`^${runtimeName} version \\d+\\.\\d+\\.\\d+`));
    assert.match(commit ?? "", /^commit: \S+$/);
    assert.match(spec ?? "", /^spec: 1\.\d+\.\d+/);
  });
}

test("an unknown container is one JSON object in the log and one line on stderr", () => {
  const log = join(directory, "log.json");
  const result = tsrun("--log", log, "--log-format", "json", "state", "nobody");
  assert.equal(result.status, 1);
  assert.equal(result.stderr, "container does not exist\n");
  const { level, msg, time } = JSON.parse(readFileSync(log, "utf8"));
  assert.deepEqual([level, msg], ["error", "container does not exist"]);
  assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/);
  assert.equal(statSync(log).mode & 0o777, 0o644);
});

test("a text log is appended to", () => {
  const log = join(directory, "log.text");
  tsrun("--log", log, "state", "nobody");
  tsrun("-log", log, "state", "nobody");
  assert.match(readFileSync(log, "utf8"), /^(time="\S+" level=error msg="container does not exist"\n){2}$/);
});

test("a log file that cannot be opened is an error", () => {
  const result = tsrun("--log", "/nonexistent/log", "list");
  assert.equal(result.status, 1);
  assert.ok(lastLine(result).includes("open /nonexistent/log: no such file or directory"));
});

test("an unknown log format is an error", () => {
  assert.ok(lastLine(tsrun("--log-format", "xml", "list")).includes("invalid log-format: xml"));
});

test("an empty list is a header, null or nothing", () => {
  const header = "ID          PID         STATUS      BUNDLE      CREATED     OWNER\n";
  assert.equal(tsrun("list").stdout, header);
  assert.equal(tsrun("list", "-f", "json").stdout, "null\n");
  assert.equal(tsrun("list", "--quiet").stdout, "");
});

test("delete --force of an unknown container succeeds wherever the flag stands", () => {
  for (const line of [
    "--force nobody",
    "-f nobody",
    "-force nobody",
    "nobody --force",
    "--force=true nobody",
  ]) {
    assert.equal(tsrun("delete", ...line.split(" ")).status, 0, line);
  }
  assert.equal(tsrun("delete", "--force=false", "nobody").status, 1);
});

test("spec writes config.json once", () => {
  const bundle = mkdtempSync(join(directory, "bundle-"));
  assert.equal(tsrun("spec", "--bundle", bundle).status, 0);
  const text = readFileSync(join(bundle, "config.json"), "utf8");
  assert.deepEqual(JSON.parse(text).process.args, ["sh"]);
  const again = tsrun("spec", "-b", bundle);
  assert.equal(again.status, 1);
  assert.ok(lastLine(again).includes("File config.json exists. Remove it first"));
  assert.equal(readFileSync(join(bundle, "config.json"), "utf8"), text);
});

test("spec --rootless asks for a user namespace", () => {
  const bundle = mkdtempSync(join(directory, "bundle-"));
  assert.equal(tsrun("spec", "--rootless", "--bundle", bundle).status, 0);
  const { linux } = JSON.parse(readFileSync(join(bundle, "config.json"), "utf8"));
  assert.ok(linux.namespaces.some(({ type }: { type: string }) => type === "user"));
});

test("features needs no other flag and names the versions", () => {
  const { stdout, status } = call(directory, ["features"]);
  const { ociVersionMin, ociVersionMax } = JSON.parse(stdout);
  assert.equal(status, 0);
  assert.match(ociVersionMin, /^1\.0\./);
  assert.match(ociVersionMax, /^1\./);
});
