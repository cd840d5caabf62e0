// What goes in and out of containers: logs, attach, pipes and terminals.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { PtyProcess } from "../helpers/pty.ts";
import { patience, until } from "../helpers/wait.ts";
import { Container, offline, outputOf, runOnce } from "./helpers/docker-container.ts";
import { dockerForFile } from "./helpers/docker-for-file.ts";
import { image } from "./helpers/dockerd.ts";

const dockerd = dockerForFile();
const { machine } = dockerd;

/** Docker's client at a terminal of 24 rows and 80 columns. */
function atTerminal(...args: string[]): PtyProcess {
  return new PtyProcess(machine.commandLine(["docker", ...args]), { HOME: "/root" });
}

test("logs keep standard output and standard error apart", () => {
  const script = "echo to stdout; echo to stderr >&2; echo more";
  using container = new Container(dockerd, [...offline, image, "sh", "-c", script]);
  dockerd.succeed(["wait", container.id]);
  const { stdout, stderr } = dockerd.docker(["logs", container.id]);
  assert.deepEqual([stdout, stderr], ["to stdout\nmore\n", "to stderr\n"]);
  assert.match(dockerd.succeed(["logs", "--timestamps", container.id]), /^\d{4}-\S+Z to stdout$/m);
});

test("logs --follow goes on until the container ends", async () => {
  const script = "echo first; until [ -e /go ]; do sleep 0.02; done; echo last";
  using container = new Container(dockerd, [...offline, image, "sh", "-c", script]);
  const follower = machine.spawn(["docker", "logs", "--follow", container.id]);
  const read = (follower.stdout ?? assert.fail()).setEncoding("utf8").toArray();
  container.touch("/go");
  assert.equal((await read).join(""), "first\nlast\n");
  assert.equal(dockerd.succeed(["logs", "--tail", "1", container.id]), "last");
});

test("run -i gives the program what comes in, to its end", () => {
  const input = "a line\n".repeat(20_000);
  const { status, stdout } = runOnce(dockerd, ["--interactive"], ["cat"], { input });
  assert.equal(status, 0);
  assert.equal(stdout, input);
});

test("run without -i gives the program an empty standard input", () => {
  assert.equal(outputOf(dockerd, [], ["wc", "-c"]), "0");
});

test("run keeps the program's output and errors apart", () => {
  const { stdout, stderr } = runOnce(dockerd, [], ["sh", "-c", "echo out; echo err >&2"]);
  assert.deepEqual([stdout, stderr], ["out\n", "err\n"]);
});

test("exec -i passes input and output through, byte by byte", () => {
  using container = Container.idle(dockerd);
  const input = "another line\n".repeat(20_000);
  assert.equal(dockerd.docker(["exec", "--interactive", container.id, "cat"], { input }).stdout, input);
});

test("exec has the environment, user and directory that it is given", () => {
  using container = Container.idle(dockerd, ["--env", "A=1"]);
  const options = ["--env", "B=2", "--user", "guest", "--workdir", "/bin"];
  const command = [container.id, "sh", "-c", 'echo "$A$B $(id -un) $PWD"'];
  assert.equal(dockerd.succeed(["exec", ...options, ...command]), "12 guest /bin");
  dockerd.succeed(["exec", "--detach", container.id, "touch", "/tmp/by-exec"]);
  until("the command in the background", () => container.exec("ls", "/tmp") === "by-exec");
});

test("exec --privileged has more capabilities than the container, if the machine has them", () => {
  using container = Container.idle(dockerd, ["--cap-drop", "ALL"]);
  const read = ["grep", "CapEff", "/proc/self/status"];
  assert.match(container.exec(...read), /0{16}$/);
  const { status, stdout, stderr } = dockerd.docker(["exec", "--privileged", container.id, ...read]);
  assert.ok(
    status === 0 ? /[1-9a-f]/.test(stdout) : /CAP_SYS_RESOURCE|unable to apply caps/.test(stderr + stdout),
  );
});

test("attach shows the output and passes input on", async () => {
  const script = 'read -r line; echo "got $line"; exit 8';
  using container = new Container(dockerd, [...offline, "--interactive", image, "sh", "-c", script]);
  const client = machine.spawn(["docker", "attach", container.id]);
  const ended = new Promise((done) => client.once("close", done));
  const read = (client.stdout ?? assert.fail()).setEncoding("utf8").toArray();
  client.stdin?.write("something\n");
  assert.equal((await read).join(""), "got something\n");
  assert.equal(await ended, 8);
});

test("attach passes signals on to the program", async () => {
  const script = 'trap "exit 9" HUP; while :; do echo alive; sleep 0.02; done';
  using container = new Container(dockerd, [...offline, image, "sh", "-c", script]);
  const client = machine.start(["docker", "attach", "--no-stdin", container.id]);
  until("the client's output", () => client.log.includes("alive"));
  machine.succeed(["kill", "-HUP", String(client.pid)]);
  assert.equal(dockerd.succeed(["wait", container.id]), "9");
});

test("run -it is an interactive shell in a terminal of its own", async () => {
  using client = atTerminal("run", "--rm", "--interactive", "--tty", ...offline, image);
  await client.screen.shows(/# /);
  client.screen.type("tty; stty size; echo $TERM; echo $((6 * 7))\n");
  await client.screen.shows(/\/dev\/pts\/0\s+24 80\s+xterm\s+42\s/);
  client.screen.type("exit 5\n");
  assert.equal(await client.ended, 5);
});

test("the container's terminal follows the size of the user's", async () => {
  using client = atTerminal("run", "--rm", "--interactive", "--tty", ...offline, image);
  await client.screen.shows(/# /);
  client.screen.type("until stty size | grep '40 120'; do sleep 0.02; done\n");
  // Docker sets the size once and then begins to listen: what changes between the two is lost, until it changes again.
  for (const deadline = Date.now() + patience; !/\n40 120\s/.test(client.screen.text); await sleep(50)) {
    assert.ok(Date.now() < deadline, client.screen.text);
    client.screen.resize({ rows: 41, columns: 120 });
    client.screen.resize({ rows: 40, columns: 120 });
  }
  client.screen.type("exit\n");
  assert.equal(await client.ended, 0);
});

test("Ctrl-C at the user's terminal interrupts what runs in the foreground", async () => {
  using client = atTerminal("run", "--rm", "--interactive", "--tty", ...offline, image);
  await client.screen.shows(/# /);
  client.screen.type("sh -c 'echo waiting; exec sleep 1000'\n");
  await client.screen.shows(/\nwaiting\s/);
  client.screen.type("\x03");
  await client.screen.shows(/\^C.*# /s);
  client.screen.type("echo status $?; exit 0\n");
  await client.screen.shows(/\nstatus 130\s/);
  assert.equal(await client.ended, 0);
});

test("exec -it has a terminal beside the container's other processes", async () => {
  using container = Container.idle(dockerd);
  using client = atTerminal("exec", "--interactive", "--tty", container.id, "sh");
  await client.screen.shows(/# /);
  client.screen.type("tty; ps -o pid,args | head -n 2; exit 4\n");
  await client.screen.shows(/\/dev\/pts\/0\s+PID\s+COMMAND\s+1 sleep 1000/);
  assert.equal(await client.ended, 4);
});

test("attach takes a terminal over that was detached from", async () => {
  using container = new Container(dockerd, [...offline, "--interactive", "--tty", image]);
  {
    using first = atTerminal("attach", container.id);
    first.screen.type("kept=by the shell; echo set\n".replace("by the shell", "value"));
    await first.screen.shows(/\nset\s/);
    first.screen.type("\x10\x11");
    await first.ended;
  }
  assert.equal(container.inspect(".State.Running"), "true");
  using second = atTerminal("attach", container.id);
  second.screen.type('echo "still $kept"; exit 3\n');
  await second.screen.shows(/\nstill value\s/);
  assert.equal(await second.ended, 3);
});

test("a terminal's lines end as the terminal of a container ends them", () => {
  assert.equal(runOnce(dockerd, ["--tty"], ["echo", "a line"]).stdout, "a line\r\n");
});
