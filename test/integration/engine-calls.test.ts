// Golden tests of the command line: every call that engines make, by the letter (test/helpers/engine-calls.ts).
import assert from "node:assert/strict";
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DescriptorReceiver } from "../helpers/descriptor-receiver.ts";
import { type EngineCall, type EngineCalls, engineCalls } from "../helpers/engine-calls.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { call, lastLine, type Result } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { until } from "../helpers/wait.ts";

leaveNothing();

const sleep = ["/bin/sleep", "1000000"];

/** An engine, the one container that it has, and its files. */
class Engine implements Disposable {
  readonly #box: Sandbox;
  readonly #how: EngineCalls;
  readonly #id: string;
  readonly #bundle: string;
  readonly #terminals: Disposable[] = [];

  constructor(box: Sandbox, how: EngineCalls) {
    this.#box = box;
    this.#how = how;
    this.#id = box.newId();
    this.#bundle = box.bundle((config) => {
      config.process.args = [...(how.program ?? sleep)];
      config.process.terminal = how.terminal ?? false;
    });
    this.#write("process.json", { args: sleep });
    this.#write("terminal.json", { args: sleep, terminal: true });
    this.#write("missing.json", { args: ["no-such-program"] });
    this.#write("short.json", { args: ["sh", "-c", "echo out; exit 42"] });
    writeFileSync(this.#file("resources.json"), '{"pids":{"limit":50}}');
  }

  #file(name: string): string {
    return join(this.#box.directory, name);
  }

  #write(name: string, process: object): void {
    const rest = { user: { uid: 0, gid: 0 }, env: ["PATH=/bin"], cwd: "/" };
    writeFileSync(this.#file(name), JSON.stringify({ ...rest, ...process }));
  }

  #words(text: string, console: string): string[] {
    const values: Readonly<Record<string, string>> = {
      id: this.#id,
      bundle: this.#bundle,
      files: this.#box.directory,
      root: this.#box.root,
      log: this.#file("log.json"),
      console,
    };
    const words = text.split(" ").filter(Boolean);
    return words.map((word) => word.replace(/\{(\w+)\}/, (_, name) => values[name] ?? ""));
  }

  #call({ line, input, descriptors = 0 }: EngineCall): Result {
    using receiver = new DescriptorReceiver(this.#file("s"));
    const opened = Array.from({ length: descriptors }, () => openSync("/dev/null", "r"));
    try {
      const args = this.#words(`${this.#how.prefix} ${line}`, receiver.path);
      const options = { descriptors: opened, ...(input === undefined ? {} : { input }) };
      const result = call(this.#box.directory, args, options);
      if (line.includes("{console}")) this.#terminals.push(receiver.receive().descriptor);
      return result;
    } finally {
      opened.forEach(closeSync);
    }
  }

  /** The errors in the log; every line of it is to be what engines can read. */
  #loggedErrors(): string[] {
    const log = this.#file("log.json");
    const text = existsSync(log) ? readFileSync(log, "utf8") : "";
    const lines = text.split("\n").filter(Boolean);
    const entries = lines.map((line) => JSON.parse(line) as Record<"level" | "msg" | "time", string>);
    for (const { level, msg, time } of entries) {
      assert.deepEqual(
        [typeof level, typeof msg, Number.isNaN(Date.parse(time))],
        ["string", "string", false],
      );
    }
    return entries.filter(({ level }) => level === "error").map(({ msg }) => msg);
  }

  /** Makes a call and looks at all that engines take from it. */
  check(expected: EngineCall): void {
    const { status = 0, stdout, error, pidFile, becomes } = expected;
    const before = this.#loggedErrors().length;
    const result = this.#call(expected);
    assert.equal(result.status, status, `${expected.line}: ${result.stderr}`);
    if (stdout !== undefined) assert.match(result.stdout, stdout);
    const errors = this.#loggedErrors().slice(before);
    if (error === undefined) assert.deepEqual([errors, result.stderr], [[], ""], expected.line);
    else this.#checkError(error, lastLine(result), errors);
    if (pidFile !== undefined) assert.match(readFileSync(this.#file(pidFile), "utf8"), /^\d+$/);
    else this.#checkNoPidFile(expected.line);
    if (becomes !== undefined) this.#box.untilStatus(this.#id, becomes);
  }

  /** Where it is asked for a log, the error is there, once, and on standard error. */
  #checkError(wanted: string, said: string, logged: readonly string[]): void {
    assert.ok(said.includes(wanted), said);
    if (!this.#how.prefix.includes("{log}")) return;
    assert.equal(logged.length, 1);
    assert.ok(logged[0]?.includes(wanted), logged[0]);
  }

  /** A pid file that is missing is how conmon comes to know that exec has failed. */
  #checkNoPidFile(line: string): void {
    const name = /--pid-file \{files\}\/(\S+)/.exec(line)?.[1];
    if (name !== undefined) assert.equal(existsSync(this.#file(name)), false, line);
  }

  /** Hangs up the terminals. */
  [Symbol.dispose](): void {
    for (const terminal of this.#terminals) terminal[Symbol.dispose]();
  }
}

for (const [name, how] of Object.entries(engineCalls)) {
  it(`calls of ${name}`, (box) => {
    using engine = new Engine(box, how);
    for (const each of how.calls) engine.check(each);
  });
}

/** What Docker and Podman make 126 and 127 of: a program, and a text that they look for (moby:daemon/errors.go). */
const wrongPrograms: readonly (readonly [program: string, text: string])[] = [
  ["no-such-program", "executable file not found in"],
  ["/no/such/program", "no such file or directory"],
  ["/etc/passwd/program", "not a directory"],
  ["/etc/passwd", "permission denied"],
  ["/etc", "permission denied"],
];

for (const [program, text] of wrongPrograms) {
  it(`create and exec of ${program} say: ${text}`, (box) => {
    const bundle = box.bundle((config) => {
      config.process.args = [program];
    });
    const created = box.call(["create", "--bundle", bundle, box.newId()]);
    const executed = box.call(["exec", box.running(), program]);
    for (const { stderr } of [created, executed]) assert.ok(stderr.includes(text), stderr);
    assert.deepEqual([created.status, executed.status], [1, 255]);
  });
}

it("events --interval=1s goes on until its caller kills it", async (box) => {
  const id = box.running();
  const events = box.start(["events", "--interval=1s", id]);
  until("two lines of statistics", () => readFileSync(events.stdoutFile, "utf8").split("\n").length > 2);
  events.child.kill("SIGKILL");
  const { stdout } = await events.ended;
  for (const line of stdout.trim().split("\n")) {
    const { type, id: of } = JSON.parse(line);
    assert.deepEqual([type, of], ["stats", id]);
  }
});

it("checkpoint and restore are not there, as Podman finds out", (box) => {
  assert.notEqual(box.call(["checkpoint", "--help"]).status, 0);
  assert.ok(!box.fail(["restore", "--lsm-mount-context"]).includes("flag needs an argument"));
});
