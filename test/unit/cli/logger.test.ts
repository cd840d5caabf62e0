import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Logger, type LogOptions } from "../../../src/cli/logger.ts";
import { runScript } from "../../helpers/script.ts";

const directory = mkdtempSync(join(tmpdir(), "logger-"));
after(() => rmSync(directory, { recursive: true }));

let files = 0;
const nextFile = () => join(directory, `log.${++files}`);

function messages(file: string): { level: string; msg: string }[] {
  return readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

test("Logger() creates the log file with mode 0644 and appends to it", () => {
  const file = nextFile();
  const umask = process.umask(0o022);
  new Logger({ file, format: "text", debug: false }).write("warning", "one");
  process.umask(umask);
  new Logger({ file, format: "text", debug: false }).write("warning", "two");
  assert.equal(statSync(file).mode & 0o777, 0o644);
  assert.deepEqual(readFileSync(file, "utf8").match(/msg=\w+/g), ["msg=one", "msg=two"]);
});

test("Logger() fails on a file that cannot be opened", () => {
  assert.throws(() => new Logger({ file: "/nonexistent/log", format: "json", debug: false }), {
    code: "ENOENT",
  });
});

test("Logger.write() drops debug messages unless they are asked for", () => {
  const quiet = nextFile();
  const talkative = nextFile();
  new Logger({ file: quiet, format: "text", debug: false }).write("debug", "x");
  new Logger({ file: talkative, format: "text", debug: true }).write("debug", "x");
  assert.equal(readFileSync(quiet, "utf8"), "");
  assert.match(readFileSync(talkative, "utf8"), /level=debug msg=x/);
});

test("Logger.finish() writes the warnings of a command that succeeded to the JSON log", () => {
  const file = nextFile();
  const logger = new Logger({ file, format: "json", debug: false });
  logger.write("warning", "one");
  assert.equal(readFileSync(file, "utf8"), "");
  logger.finish();
  assert.deepEqual(
    messages(file).map(({ level, msg }) => [level, msg]),
    [["warning", "one"]],
  );
});

test("Logger.write() keeps the order of a JSON log under --debug", () => {
  const file = nextFile();
  const logger = new Logger({ file, format: "json", debug: true });
  logger.write("debug", "one");
  logger.write("warning", "two");
  assert.deepEqual(
    messages(file).map(({ msg }) => msg),
    ["one", "two"],
  );
});

/** Runs a failing logger in a process of its own, whose stderr can be read. */
function failInChild(options: LogOptions): string {
  const contents = `import { Logger } from "./src/cli/logger.ts";
    const logger = new Logger(${JSON.stringify(options)});
    logger.write("warning", "careful");
    logger.fail("it broke");`;
  const { status, stderr } = runScript(contents);
  assert.equal(status, 0, stderr);
  return stderr;
}

test("Logger.fail() leaves the error alone in the JSON log and ends stderr with it", () => {
  const file = nextFile();
  const stderr = failInChild({ file, format: "json", debug: false });
  assert.deepEqual(
    messages(file).map(({ level, msg }) => [level, msg]),
    [["error", "it broke"]],
  );
  assert.match(stderr, /^time="\S+" level=warning msg=careful\nit broke\n$/);
});

test("Logger.fail() writes the formatted error to stderr where there is no log file", () => {
  assert.match(
    failInChild({ file: undefined, format: "json", debug: false }),
    /\{"level":"error","msg":"it broke","time":"[^"]+"\}\n$/,
  );
  assert.match(
    failInChild({ file: undefined, format: "text", debug: false }),
    /level=error msg="it broke"\n$/,
  );
});
