import assert from "node:assert/strict";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Fd } from "../../src/sys/fd.ts";
import { local } from "../../src/sys/local.ts";
import type { Config } from "../helpers/config.ts";
import { removeNamespace } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { PtyProcess, type Streams } from "../helpers/pty.ts";
import { runtimePath } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";

leaveNothing();

/** Where c_lflag lies in struct termios, and its flags for echo and lines. */
const LFLAG = 12;
const ECHO_ICANON_ISIG = 0o10 | 0o2 | 0o1;

/** A foreground `run` in a terminal of its own whose container runs a shell script in a terminal, too. */
function runInTerminal(
  box: Sandbox,
  script: string,
  streams: Streams = {},
  adjust = (_: Config) => {},
): PtyProcess {
  const bundle = box.bundle((config) => {
    config.process.terminal = true;
    config.process.args = ["/bin/sh", "-c", script];
    adjust(config);
  });
  const command = [runtimePath, "--root", box.root, "run", "--bundle", bundle, box.newId()];
  return new PtyProcess(command, { TSRUN_TEST: box.directory }, streams);
}

it("run relays a terminal: what the container shows, what the user types, its exit status", async (box) => {
  using run = runInTerminal(box, 'echo "at $(tty)"; read line; echo "got <$line>"; exit 7');
  await run.screen.shows(/at \/dev\/pts\/\d+\r\n/);
  run.screen.type("some words\r");
  await run.screen.shows(/got <some words>\r\n/);
  assert.equal(await run.ended, 7);
});

it("run lets the container's terminal echo, not the host's", async (box) => {
  using run = runInTerminal(box, "stty -echo; echo ready; read secret; echo done");
  await run.screen.shows(/ready/);
  run.screen.type("hidden\r");
  await run.screen.shows(/done/);
  assert.equal(await run.ended, 0);
  assert.doesNotMatch(run.screen.text, /hidden/);
});

it("run puts the host's terminal in raw mode and gives it back at the end", async (box) => {
  using run = runInTerminal(box, "echo ready; read line");
  const before = run.screen.modes;
  await run.screen.shows(/ready/);
  const during = run.screen.modes ?? new Uint8Array(LFLAG + 1);
  assert.equal((during[LFLAG] ?? 0) & ECHO_ICANON_ISIG, 0);
  run.screen.type("\r");
  assert.equal(await run.ended, 0);
  assert.deepEqual(run.screen.modes, before);
});

it("run gives the host's terminal back when the container cannot be started", async (box) => {
  using run = runInTerminal(box, "", {}, (config) => {
    config.process.args = ["/no/such/program"];
  });
  const before = run.screen.modes;
  assert.notEqual(await run.ended, 0);
  assert.match(run.screen.text, /no such file or directory/);
  assert.deepEqual(run.screen.modes, before);
});

it("run gives the host's terminal back when a signal ends the container", async (box) => {
  using run = runInTerminal(box, "echo ready; exec sleep 1000000", {}, (config) => {
    // Init of a pid namespace would be immune to SIGTERM.
    removeNamespace(config, "pid");
  });
  const before = run.screen.modes;
  await run.screen.shows(/ready/);
  process.kill(run.pid, "SIGTERM");
  assert.equal(await run.ended, 143);
  assert.deepEqual(run.screen.modes, before);
});

it("run passes ^C to the container as a key", async (box) => {
  using run = runInTerminal(box, 'trap "echo caught; exit 5" INT; echo ready; while :; do sleep 0.1; done');
  await run.screen.shows(/ready/);
  run.screen.type("\x03");
  await run.screen.shows(/caught/);
  assert.equal(await run.ended, 5);
});

it("run gives the container's terminal the size of the host's, and each change of it", async (box) => {
  const script = 'trap "stty size" WINCH; echo ready; while :; do read -t 1 line && exit 0; done';
  using run = runInTerminal(box, `stty size; ${script}`, {}, (config) => {
    config.process.consoleSize = { height: 11, width: 22 };
  });
  await run.screen.shows(/ready/);
  run.screen.resize({ rows: 50, columns: 132 });
  await run.screen.shows(/50 132/);
  run.screen.type("\r");
  assert.equal(await run.ended, 0);
});

it("run ends the container's lines with a bare line feed", async (box) => {
  const path = join(box.directory, "output");
  const stdout = openSync(path, "w");
  using run = runInTerminal(box, "echo one; echo two", { stdout });
  assert.equal(await run.ended, 0);
  closeSync(stdout);
  assert.equal(readFileSync(path, "latin1"), "one\ntwo\n");
});

it("run loses nothing that a container prints right before it ends", async (box) => {
  const path = join(box.directory, "output");
  const expected = Array.from({ length: 5000 }, (_, i) => `${i + 1}\n`).join("");
  for (let round = 0; round < 10; round++) {
    const stdout = openSync(path, "w");
    using run = runInTerminal(box, "exec seq 1 5000", { stdout });
    assert.equal(await run.ended, 0);
    closeSync(stdout);
    assert.equal(readFileSync(path, "latin1"), expected);
  }
});

it("run loses no last words, whichever of their end and the container's is seen first", async (box) => {
  const path = join(box.directory, "output");
  for (let round = 0; round < 20; round++) {
    const stdout = openSync(path, "w");
    using run = runInTerminal(box, "sleep 0.02; echo last words", { stdout });
    assert.equal(await run.ended, 0);
    closeSync(stdout);
    assert.equal(readFileSync(path, "latin1"), "last words\n");
  }
});

it("run goes on when its stdin is at its end", async (box) => {
  const stdin = openSync("/dev/null", "r");
  using run = runInTerminal(box, "sleep 0.2; echo still here; exit 3", { stdin });
  closeSync(stdin);
  await run.screen.shows(/still here/);
  assert.equal(await run.ended, 3);
});

it("run goes on when the reader of its output goes away", async (box) => {
  const ends = local.memory.alloc(8);
  local.call({ name: "pipe2", args: [ends, 0o2000000] });
  const [read, write] = [local.memory.getU32(ends), local.memory.getU32(ends + 4)];
  const stdout = new Fd(local, write);
  using run = runInTerminal(box, "yes | head -c 300000; exit 4", { stdout: stdout.number });
  stdout[Symbol.dispose]();
  local.call({ name: "close", args: [read] });
  assert.equal(await run.ended, 4);
});

it("run shows what is written to a terminal that was closed and opened again", async (box) => {
  const script = "exec </dev/null >/dev/null 2>&1; sleep 0.5; echo back again >/dev/console; sleep 0.5";
  using run = runInTerminal(box, script);
  await run.screen.shows(/back again/);
  assert.equal(await run.ended, 0);
});

it("run without a terminal of its own at hand still relays the container's", async (box) => {
  const bundle = box.bundle((config) => {
    config.process.terminal = true;
    config.process.args = ["/bin/sh", "-c", "read line; echo got $line; exit 6"];
  });
  const args = ["--root", box.root, "run", "--bundle", bundle, box.newId()];
  const input = join(box.directory, "input");
  const { spawnSync } = await import("node:child_process");
  const { status, stdout } = spawnSync("setsid", ["-w", runtimePath, ...args], {
    input: "words\n",
    env: { PATH: process.env["PATH"], TSRUN_TEST: input },
    encoding: "latin1",
  });
  assert.deepEqual([status, stdout], [6, "words\ngot words\n"]);
});

it("run leaves without a signal's default action while the container starts and ends", async (box) => {
  using run = runInTerminal(
    box,
    'trap "echo usr1" USR1; trap "exit 8" USR2; echo ready; while :; do sleep 0.05; done',
  );
  await run.screen.shows(/ready/);
  process.kill(run.pid, "SIGUSR1");
  await run.screen.shows(/usr1/);
  process.kill(run.pid, "SIGUSR2");
  assert.equal(await run.ended, 8);
});
