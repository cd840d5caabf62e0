import assert from "node:assert/strict";
import { test } from "node:test";
import type { Flags } from "../../../src/cli/flags.ts";
import { checkCount, parseBoolean, readArguments } from "../../../src/cli/parse.ts";
import { UsageError } from "../../../src/cli/usage-error.ts";

const flags = {
  bundle: { type: "string", alias: "b", describe: "" },
  format: { type: "string", alias: "f", default: "table", describe: "" },
  detach: { type: "boolean", alias: "d", describe: "" },
  "no-subreaper": { type: "boolean", describe: "" },
  "no-new-privs": { type: "boolean", mayBeUnset: true, describe: "" },
  "preserve-fds": { type: "number", default: 0, describe: "" },
  env: { type: "array", alias: "e", describe: "" },
} as const satisfies Flags;

const defaults = {
  bundle: undefined,
  format: "table",
  detach: false,
  "no-subreaper": false,
  "no-new-privs": undefined,
  "preserve-fds": 0,
  env: [],
};

/** Command lines with the values that differ from the defaults and the positional arguments. */
const accepted: readonly (readonly [line: string, values: object, positionals: string[]])[] = [
  ["", {}, []],
  ["id", {}, ["id"]],
  ["-b /b id", { bundle: "/b" }, ["id"]],
  ["--b /b id", { bundle: "/b" }, ["id"]],
  ["-bundle /b id", { bundle: "/b" }, ["id"]],
  ["--bundle /b id", { bundle: "/b" }, ["id"]],
  ["--bundle=/b id", { bundle: "/b" }, ["id"]],
  ["-bundle=/b id", { bundle: "/b" }, ["id"]],
  ["-b=/b id", { bundle: "/b" }, ["id"]],
  ["--bundle= id", { bundle: "" }, ["id"]],
  ["--bundle=a=b id", { bundle: "a=b" }, ["id"]],
  ["--bundle -d id", { bundle: "-d" }, ["id"]],
  ["--bundle -- id", { bundle: "--" }, ["id"]],
  ["--no-new-privs id", { "no-new-privs": true }, ["id"]],
  ["--no-new-privs=false id", { "no-new-privs": false }, ["id"]],
  ["-no-subreaper id", { "no-subreaper": true }, ["id"]],
  ["-d id", { detach: true }, ["id"]],
  ["--detach=true id", { detach: true }, ["id"]],
  ["--detach=F id", {}, ["id"]],
  ["-d -d=false id", {}, ["id"]],
  ["--bundle /a --bundle /b id", { bundle: "/b" }, ["id"]],
  ["--preserve-fds 3 id", { "preserve-fds": 3 }, ["id"]],
  ["--preserve-fds=0x10 id", { "preserve-fds": 16 }, ["id"]],
  ["--preserve-fds=010 id", { "preserve-fds": 8 }, ["id"]],
  ["--preserve-fds=0o10 id", { "preserve-fds": 8 }, ["id"]],
  ["-e A=1,2 --env=B -e -d id", { env: ["A=1,2", "B", "-d"] }, ["id"]],
  ["id --bundle /b -d", { bundle: "/b", detach: true }, ["id"]],
  ["id KILL -d", { detach: true }, ["id", "KILL"]],
  ["id -f json", { format: "json" }, ["id"]],
  ["id -o pid,cmd", {}, ["id", "-o", "pid,cmd"]],
  ["id -9", {}, ["id", "-9"]],
  ["id ---x -=y", {}, ["id", "---x", "-=y"]],
  ["-- -d", {}, ["-d"]],
  ["-d -- id -d", { detach: true }, ["id", "-d"]],
  ["id -- -d", {}, ["id", "--", "-d"]],
  ["- -d", { detach: true }, ["-"]],
];

for (const [line, values, positionals] of accepted) {
  test(`readArguments() reads "${line}"`, () => {
    const read = readArguments(flags, line.split(" ").filter(Boolean), "anywhere", "run");
    assert.deepEqual(read, { values: { ...defaults, ...values }, positionals, help: false });
  });
}

const refused: readonly (readonly [line: string, message: string])[] = [
  ["--bundle", "flag needs an argument: -bundle"],
  ["-b", "flag needs an argument: -b"],
  ["id --bundle", "flag needs an argument: -bundle"],
  ["--bogus id", "flag provided but not defined: -bogus"],
  ["-x=y id", "flag provided but not defined: -x"],
  ["-df json", "flag provided but not defined: -df"],
  ["--constructor", "flag provided but not defined: -constructor"],
  ["---bundle x", "bad flag syntax: ---bundle"],
  ["-=x", "bad flag syntax: -=x"],
  ["--=x", "bad flag syntax: --=x"],
  ["--detach=maybe id", 'invalid boolean value "maybe" for -detach: parse error'],
  ["-d= id", 'invalid boolean value "" for -d: parse error'],
  ["--preserve-fds abc id", 'invalid value "abc" for flag -preserve-fds: parse error'],
  ["--preserve-fds=-1 id", 'invalid value "-1" for flag -preserve-fds: parse error'],
  ["--preserve-fds 1.5 id", 'invalid value "1.5" for flag -preserve-fds: parse error'],
  ["--preserve-fds 08 id", 'invalid value "08" for flag -preserve-fds: parse error'],
];

for (const [line, message] of refused) {
  test(`readArguments() refuses "${line}"`, () => {
    assert.throws(
      () => readArguments(flags, line.split(" "), "anywhere", "run"),
      (error) =>
        error instanceof UsageError &&
        error.message === message &&
        error.topic === "run" &&
        error.heading === `Incorrect Usage: ${message}`,
    );
  });
}

test("readArguments() heads an error in the global flags as urfave/cli does", () => {
  assert.throws(() => readArguments(flags, ["--bogus"], "first"), {
    topic: undefined,
    heading: "Incorrect Usage. flag provided but not defined: -bogus",
  });
});

test("readArguments() leaves everything after the first positional argument alone where flags come first", () => {
  const { values, positionals } = readArguments(flags, ["-d", "exec", "-b", "x", "--bogus"], "first");
  assert.deepEqual(values, { ...defaults, detach: true });
  assert.deepEqual(positionals, ["exec", "-b", "x", "--bogus"]);
});

for (const line of ["-h", "--help", "-help", "id -h", "-d --help --bogus"]) {
  test(`readArguments() sees the wish for help in "${line}"`, () => {
    assert.equal(readArguments(flags, line.split(" "), "anywhere", "run").help, true);
  });
}

test("readArguments() takes a help flag after the first positional argument for the command's own where flags come first", () => {
  assert.equal(readArguments(flags, ["ls", "-h"], "first").help, false);
});

test("parseBoolean() knows Go's words and no others", () => {
  for (const text of ["1", "t", "T", "TRUE", "true", "True"]) {
    assert.equal(parseBoolean(text), true, text);
  }
  for (const text of ["0", "f", "F", "FALSE", "false", "False"]) {
    assert.equal(parseBoolean(text), false, text);
  }
  for (const text of ["", "yes", "tRUE", "2", "toString"]) {
    assert.equal(parseBoolean(text), undefined, text);
  }
});

const counts: readonly (readonly [pattern: string, count: number, requirement: string | undefined])[] = [
  ["list", 0, undefined],
  ["list", 1, "exactly 0"],
  ["state <id>", 0, "exactly 1"],
  ["state <id>", 1, undefined],
  ["state <id>", 2, "exactly 1"],
  ["kill <id> [signal]", 0, "a minimum of 1"],
  ["kill <id> [signal]", 2, undefined],
  ["kill <id> [signal]", 3, "a maximum of 2"],
  ["ps <id> [options..]", 0, "a minimum of 1"],
  ["ps <id> [options..]", 9, undefined],
];

for (const [pattern, count, requirement] of counts) {
  test(`checkCount() ${requirement === undefined ? "accepts" : "refuses"} ${count} arguments for "${pattern}"`, () => {
    const check = () => checkCount(pattern, new Array(count).fill("x"));
    const command = pattern.split(" ")[0];
    if (requirement === undefined) {
      assert.doesNotThrow(check);
    } else {
      assert.throws(check, {
        message: `tsrun: "${command}" requires ${requirement} argument(s)`,
        heading: "Incorrect Usage.",
        topic: command,
      });
    }
  });
}

test("readArguments() leaves all after the first positional argument alone where flags stand first", () => {
  const read = readArguments(flags, ["-d", "id", "sh", "-e", "--help", "--", "-d"], "first", "exec");
  assert.deepEqual(read.positionals, ["id", "sh", "-e", "--help", "--", "-d"]);
  assert.deepEqual([read.values.detach, read.values.env, read.help], [true, [], false]);
});
