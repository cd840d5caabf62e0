// Terminals, sockets and signals of what `exec` starts.
import assert from "node:assert/strict";
import { closeSync, openSync, readFileSync, readlinkSync, readSync } from "node:fs";
import { join } from "node:path";
import { local } from "../../src/sys/local.ts";
import { pipe } from "../../src/sys/pipe.ts";
import { DescriptorReceiver } from "../helpers/descriptor-receiver.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { PtyProcess, Screen } from "../helpers/pty.ts";
import { lastLine, type Running, runtimePath } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { until } from "../helpers/wait.ts";

leaveNothing();

/** A foreground `exec --tty` of a shell script in a terminal of its own. */
function inTerminal(box: Sandbox, id: string, script: string, flags: readonly string[] = []): PtyProcess {
  const command = [runtimePath, "--root", box.root, "exec", "--tty", ...flags, id, "/bin/sh", "-c", script];
  return new PtyProcess(command, { TSRUN_TEST: box.directory });
}

it("exec --tty relays a terminal: what the program shows, what the user types, its exit status", async (box) => {
  using exec = inTerminal(box, box.running(), 'echo "at $(tty)"; read line; echo "got <$line>"; exit 7');
  await exec.screen.shows(/at \/dev\/pts\/\d+\r\n/);
  exec.screen.type("some words\r");
  await exec.screen.shows(/got <some words>\r\n/);
  assert.equal(await exec.ended, 7);
});

it("exec --tty gives the container's terminal the size of the user's, and each new one", async (box) => {
  const script = 'stty size; trap "stty size; exit 0" WINCH; echo ready; while :; do sleep 0.05; done';
  using exec = inTerminal(box, box.running(), script);
  await exec.screen.shows(/24 80\r\n.*ready/s);
  exec.screen.resize({ rows: 33, columns: 99 });
  process.kill(exec.pid, "SIGWINCH");
  await exec.screen.shows(/33 99\r\n/);
  assert.equal(await exec.ended, 0);
});

it("exec --tty hands keys such as ^C to the program", async (box) => {
  using exec = inTerminal(
    box,
    box.running(),
    'trap "echo int; exit 5" INT; echo ready; while :; do sleep 0.05; done',
  );
  await exec.screen.shows(/ready/);
  exec.screen.type("\u0003");
  await exec.screen.shows(/int\r\n/);
  assert.equal(await exec.ended, 5);
});

it("exec --tty as another user owns its terminal", async (box) => {
  using exec = inTerminal(box, box.running(), "stat -c %u $(tty); echo again >/dev/tty", ["--user", "1000"]);
  await exec.screen.shows(/^1000\r\nagain/m);
  assert.equal(await exec.ended, 0);
});

it("exec --tty says what fails, and gives the user's terminal back as it was", async (box) => {
  const id = box.running();
  const command = [runtimePath, "--root", box.root, "exec", "-t", id, "/nowhere"];
  using exec = new PtyProcess(command, { TSRUN_TEST: box.directory });
  const before = Buffer.from(JSON.stringify(exec.screen.modes));
  await exec.screen.shows(/no such file or directory/);
  assert.equal(await exec.ended, 255);
  assert.deepEqual(Buffer.from(JSON.stringify(exec.screen.modes)), before);
});

it("exec --detach --tty sends its terminal to --console-socket", async (box) => {
  const id = box.running();
  using receiver = new DescriptorReceiver(join(box.directory, "s"));
  const script = 'tty; read line; echo "got <$line>"; read line';
  box.succeed(["exec", "-d", "-t", "--console-socket", receiver.path, id, "/bin/sh", "-c", script]);
  const { descriptor, payload } = receiver.receive();
  assert.match(payload, /^\/dev\/p/);
  using screen = new Screen(descriptor);
  await screen.shows(/\/dev\/pts\/\d+\r\n/);
  screen.type("words\n");
  await screen.shows(/got <words>\r\n/);
  screen.type("\n");
});

it("exec refuses a terminal that nobody takes, and a socket for none", (box) => {
  const id = box.running();
  const refused = (...flags: string[]) => {
    const result = box.call(["exec", ...flags, id, "true"]);
    assert.equal(result.status, 255);
    return lastLine(result);
  };
  assert.match(refused("-d", "-t"), /cannot allocate tty if runc will detach without setting console socket/);
  assert.match(
    refused("--console-socket", "/s"),
    /cannot use console socket if runc will not detach or allocate tty/,
  );
  assert.match(refused("-d", "-t", "--console-socket", "/nowhere"), /\/nowhere/);
});

it("exec --pidfd-socket sends a pidfd of its process", (box) => {
  const id = box.running();
  using receiver = new DescriptorReceiver(join(box.directory, "s"));
  const file = join(box.directory, "pid");
  box.succeed([
    "exec",
    "-d",
    "--pid-file",
    file,
    "--pidfd-socket",
    receiver.path,
    id,
    "/bin/sleep",
    "1000000",
  ]);
  const { descriptor, payload } = receiver.receive();
  using pidfd = descriptor;
  assert.equal(payload, "setns");
  const info = readFileSync(`/proc/self/fdinfo/${pidfd.number}`, "utf8");
  assert.equal(/^Pid:\t(\d+)$/m.exec(info)?.[1], box.read(file));
});

/** A foreground `exec` of a shell script without a terminal, once it has printed "ready". */
function inForeground(box: Sandbox, script: string): Running {
  const running = box.start(["exec", box.running(), "/bin/sh", "-c", script]);
  until("the program to be ready", () => readFileSync(running.stdoutFile, "utf8").includes("ready"));
  return running;
}

for (const signal of ["SIGHUP", "SIGINT", "SIGUSR1", "SIGTERM"] as const) {
  it(`exec forwards ${signal} to its process`, async (box) => {
    const name = signal.slice(3);
    const running = inForeground(box, `trap "exit 9" ${name}; echo ready; while :; do sleep 0.05; done`);
    running.child.kill(signal);
    assert.equal((await running.ended).status, 9);
  });
}

it("exec goes on when its reader goes away, and ends with its process", async (box) => {
  const id = box.running();
  const running = box.start(["exec", id, "/bin/sh", "-c", "trap '' PIPE; yes | head -100000; exit 6"], {
    through: ["sh", "-c", '"$@" | head -1; exit 0', "sh"],
  });
  assert.deepEqual([(await running.ended).stdout], ["y\n"]);
});

it("exec goes on when its standard input ends", async (box) => {
  const id = box.running();
  const running = box.start(["exec", id, "/bin/sh", "-c", "cat; echo end; exit 8"], {
    through: ["sh", "-c", '(echo one; sleep 0.2) | "$@"', "sh"],
  });
  const { status, stdout } = await running.ended;
  assert.deepEqual([status, stdout], [8, "one\nend\n"]);
});

it("exec --tty tells its program that the user's terminal has hung up, and ends with it", async (box) => {
  const script = 'trap "exit 5" HUP; echo ready; while :; do sleep 0.05; done';
  using exec = inTerminal(box, box.running(), script);
  await exec.screen.shows(/ready/);
  exec.screen[Symbol.dispose]();
  assert.equal(await exec.ended, 5);
});

it("exec --tty goes on without a terminal and without a reader where its program does", async (box) => {
  const id = box.running();
  const { read, write } = pipe(local);
  const script =
    'trap "" HUP; echo ready; while ! [ -e /dev/shm/go ]; do sleep 0.05; done; echo more; exit 6';
  const command = [runtimePath, "--root", box.root, "exec", "--tty", id, "/bin/sh", "-c", script];
  using exec = new PtyProcess(command, { TSRUN_TEST: box.directory }, { stdout: write.number });
  write[Symbol.dispose]();
  const shown = Buffer.alloc(64);
  readSync(read.number, shown);
  assert.match(shown.toString(), /ready/);
  read[Symbol.dispose]();
  exec.screen[Symbol.dispose]();
  box.succeed(["exec", id, "/bin/touch", "/dev/shm/go"]);
  assert.equal(await exec.ended, 6);
});

it("exec with standard streams that are closed", (box) => {
  const id = box.running();
  const result = box.call(["exec", id, "/bin/sh", "-c", "ls /proc/self/fd | wc -l >/dev/shm/fds; exit 4"], {
    through: ["sh", "-c", '"$@" <&- >&- 2>&-', "sh"],
  });
  assert.equal(result.status, 4);
});

it("exec's program holds no file of the runtime's", (box) => {
  const id = box.running();
  const file = join(box.directory, "pid");
  const input = openSync("/dev/null", "r");
  box.succeed(["exec", "-d", "--pid-file", file, id, "/bin/sleep", "1000000"]);
  closeSync(input);
  const pid = box.read(file);
  const targets = ["0", "1", "2"].map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  assert.equal(targets[0], "/dev/null");
  assert.throws(() => readlinkSync(`/proc/${pid}/fd/3`), { code: "ENOENT" });
});
