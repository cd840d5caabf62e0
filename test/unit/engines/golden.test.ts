// How recordings of engines' calls are compared (test/engines/golden/).
import assert from "node:assert/strict";
import { test } from "node:test";
import { lacking, logLines, readingsOf, shapeOf } from "../../engines/golden/answers.ts";
import { parseCommandLine } from "../../engines/golden/command-line.ts";
import { comparable } from "../../engines/golden/differences.ts";
import { kindOf, sumUp } from "../../engines/golden/summary.ts";
import { parseRecording, type Recording } from "../../engines/recorder/recording.ts";

const words = (line: string) => line.split(" ");

/** A call as the recorder would have it. */
function recorded(line: string, status: number, log?: string, [started, ended] = [1, 2]): Recording {
  const argv = ["/opt/runtime/runc", ...words(line)];
  const call = { started, uid: 0, descriptors: {}, caller: "test", argv, env: [], cwd: "/" };
  const end = { ended, status, ...(log === undefined ? {} : { log }) };
  return parseRecording(`${JSON.stringify(call)}\n${JSON.stringify(end)}\n`);
}

test("parseCommandLine() takes values from the next word for the flags that have one", () => {
  const line = "--root /r --log-format=json exec --process /p --detach --pid-file /f c";
  const { command, flags, operands } = parseCommandLine(words(line));
  assert.deepEqual([command, operands], ["exec", ["c"]]);
  assert.deepEqual(
    [...flags],
    [
      ["root", "/r"],
      ["log-format", "json"],
      ["process", "/p"],
      ["detach", ""],
      ["pid-file", "/f"],
    ],
  );
  assert.deepEqual(parseCommandLine(["-no-subreaper", "kill", "-a", "c", "9"]).operands, ["c", "9"]);
});

test("kindOf() leaves out places, numbers and global flags", () => {
  const kind = kindOf(words("--root /r create --bundle /b --preserve-fds 3 c"));
  assert.equal(kind, kindOf(words("--debug create --preserve-fds=1 --bundle /other d")));
  assert.notEqual(kind, kindOf(words("create --bundle /b c")));
  assert.notEqual(kindOf(["--version"]), kindOf(["--help"]));
});

test("sumUp() tells lives apart by calls, statuses and what engines read of errors", () => {
  const life = (id: string, status: number, log?: string) =>
    comparable(
      "file",
      sumUp([[recorded(`create --bundle /${id} ${id}`, 0), recorded(`start ${id}`, status, log)]]),
    );
  assert.deepEqual(life("a", 0), life("b", 0));
  assert.notDeepEqual(life("a", 0), life("b", 1));
  assert.deepEqual(life("a", 1, "x: permission denied"), life("b", 1, "Permission denied: y"));
  assert.notDeepEqual(life("a", 1, "permission denied"), life("b", 1, "no such file or directory"));
});

test("comparable() leaves out what came too late for a container", () => {
  const killed = recorded("kill a 9", 1, "container not running");
  const other = recorded("kill a 9", 1, "operation not permitted");
  const created = recorded("create --bundle /a a", 0);
  const nothing = comparable("file", sumUp([[created]]));
  assert.deepEqual(comparable("file", sumUp([[created, killed]])), nothing);
  assert.notDeepEqual(comparable("file", sumUp([[created, other]])), nothing);
});

test("sumUp() leaves out an exec that failed once its container's end had been asked for, and no other", () => {
  const missing = "exec: no such file or directory";
  const lives = (exec: Recording, ...before: Recording[]) => [
    ...sumUp([[...before, exec, recorded("kill a 9", 0, undefined, [30, 31])]]).lives,
  ];
  const created = recorded("create --bundle /a a", 0, undefined, [10, 11]);
  const [nothing] = lives(recorded("state a", 0), created);
  assert.deepEqual(lives(recorded("exec --process /p a", 255, missing, [29, 32]), created), [nothing]);
  assert.notDeepEqual(lives(recorded("exec --process /p a", 0, missing, [29, 32]), created), [nothing]);
  assert.notDeepEqual(lives(recorded("exec --process /p a", 255, missing, [28, 29]), created), [nothing]);
  // An earlier life of the same id has had its end.
  const killed = recorded("kill a 9", 0, undefined, [5, 6]);
  const [restarted = ""] = lives(recorded("exec --process /p a", 255, missing, [28, 29]), killed, created);
  assert.match(restarted, /^exec /m);
});

test("logLines() refuses what engines could not read", () => {
  const line = '{"level":"error","msg":"m","time":"2026-11-21T16:42:37Z"}';
  assert.equal(logLines(recorded("state a", 1, `${line}\n${line}\n`)).length, 2);
  for (const wrong of ["text\n", '{"level":"error"}\n', `${line.replace("2026", "x")}\n`]) {
    assert.throws(() => logLines(recorded("state a", 1, wrong)));
  }
});

test("readingsOf() names what each engine takes an error for", () => {
  assert.deepEqual(readingsOf("exec: executable file not found in $PATH"), ["Docker: 127", "Podman: 127"]);
  assert.deepEqual(readingsOf("Operation not permitted"), ["Podman: 126"]);
  assert.deepEqual(readingsOf("out of luck"), []);
});

test("shapeOf() and lacking() compare documents by their form", () => {
  assert.equal(shapeOf({ b: [1, 2], a: "x" }), shapeOf({ a: "y", b: [3] }));
  assert.notEqual(shapeOf({ a: 1 }), shapeOf({ a: "1" }));
  const wanted = { a: { b: ["x", "y"] }, c: true };
  assert.deepEqual(lacking(wanted, { a: { b: ["y", "x", "z"] }, c: false, d: 1 }), []);
  assert.deepEqual(lacking(wanted, { a: { b: ["y"] } }), ["/a/b: x", "/c"]);
});
