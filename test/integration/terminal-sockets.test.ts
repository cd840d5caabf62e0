import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { local } from "../../src/sys/local.ts";
import { connectUnix } from "../../src/sys/socket.ts";
import type { Config } from "../helpers/config.ts";
import { DescriptorReceiver } from "../helpers/descriptor-receiver.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { Screen } from "../helpers/pty.ts";
import { lastLine } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";

leaveNothing();

const SIGKILL = 9;
/** A unix socket's path may have 107 bytes: the sandbox's own is short enough. */
const socketPath = (box: Sandbox, name = "s"): string => join(box.directory, name);

function terminalBundle(box: Sandbox, script: string, adjust = (_: Config) => {}): string {
  return box.bundle((config) => {
    config.process.terminal = true;
    config.process.args = ["/bin/sh", "-c", script];
    adjust(config);
  });
}

/** Creates a container whose terminal we hold, as an engine does, and starts it. */
function startWithConsole(
  box: Sandbox,
  script: string,
  adjust = (_: Config) => {},
): { screen: Screen; id: string } {
  using receiver = new DescriptorReceiver(socketPath(box));
  const id = box.newId();
  const bundle = terminalBundle(box, script, adjust);
  box.succeed(["create", "--bundle", bundle, "--console-socket", receiver.path, id]);
  const { descriptor, payload } = receiver.receive();
  assert.match(payload, /^\/dev\/p/);
  box.succeed(["start", id]);
  return { screen: new Screen(descriptor), id };
}

it("create sends the container's terminal to --console-socket", async (box) => {
  const { screen, id } = startWithConsole(box, 'tty; read line; echo "got <$line>"; read line');
  using _ = screen;
  await screen.shows(/\/dev\/pts\/\d+\r\n/);
  screen.type("words\n");
  await screen.shows(/got <words>\r\n/);
  screen.type("\n");
  box.untilStatus(id, "stopped");
});

it("run --detach sends the container's terminal to --console-socket", async (box) => {
  using receiver = new DescriptorReceiver(socketPath(box));
  const id = box.newId();
  const bundle = terminalBundle(box, "read line; exit 0");
  box.succeed(["run", "--detach", "--bundle", bundle, "--console-socket", receiver.path, id]);
  using screen = new Screen(receiver.receive().descriptor);
  screen.type("\n");
  box.untilStatus(id, "stopped");
});

it("create gives the terminal the size of process.consoleSize", async (box) => {
  const { screen } = startWithConsole(box, "stty size; read line", (config) => {
    config.process.consoleSize = { height: 33, width: 77 };
  });
  using _ = screen;
  await screen.shows(/33 77/);
  assert.deepEqual([screen.size?.rows, screen.size?.columns], [33, 77]);
});

it("create gives the terminal to the container's user and makes it the controlling one", async (box) => {
  const script = 'stat -c "owner %u" "$(tty)"; echo tty >/dev/tty; stat -c "mode %a" /dev/console; read line';
  const { screen } = startWithConsole(box, script, (config) => {
    config.process.user = { uid: 1000, gid: 1000 };
  });
  using _ = screen;
  await screen.shows(/owner 1000\r\ntty\r\nmode 620\r\n/);
});

it("create mounts the terminal on /dev/console", async (box) => {
  const { screen } = startWithConsole(
    box,
    "echo by console >/dev/console; grep -c ' /dev/console devpts ' /proc/mounts; read line",
  );
  using _ = screen;
  await screen.shows(/by console\r\n1\r\n/);
});

it("create refuses a terminal that nobody takes", (box) => {
  const message = box.fail(["create", "--bundle", terminalBundle(box, ":"), box.newId()]);
  assert.match(message, /cannot allocate tty if \w+ will detach without setting console socket/);
});

for (const [what, terminal, command] of [
  ["create without a terminal", false, ["create"]],
  ["a foreground run", true, ["run"]],
] as const) {
  it(`${what} refuses --console-socket`, (box) => {
    const bundle = terminalBundle(box, ":", (config) => {
      config.process.terminal = terminal;
    });
    const socket = ["--console-socket", socketPath(box)];
    const message = box.fail([...command, "--bundle", bundle, ...socket, box.newId()]);
    assert.match(message, /cannot use console socket if \w+ will not detach or allocate tty/);
  });
}

it("create names a console socket that is not there", (box) => {
  const path = socketPath(box, "missing");
  const message = box.fail([
    "create",
    "--bundle",
    terminalBundle(box, ":"),
    "--console-socket",
    path,
    box.newId(),
  ]);
  assert.match(message, /no such file or directory/);
  assert.ok(message.includes(path), message);
});

it("create fails within seconds when the console socket accepts nobody", (box) => {
  using receiver = new DescriptorReceiver(socketPath(box), 0);
  using _ = connectUnix(local, receiver.path, 1);
  const id = box.newId();
  const result = box.call([
    "create",
    "--bundle",
    terminalBundle(box, ":"),
    "--console-socket",
    receiver.path,
    id,
  ]);
  assert.equal(result.signal, null, "create hung");
  assert.equal(result.status, 1);
  assert.ok(lastLine(result).includes(receiver.path), result.stderr);
});

it("create sends init's pidfd to --pidfd-socket", (box) => {
  using receiver = new DescriptorReceiver(socketPath(box));
  const id = box.newId();
  const bundle = box.bundle();
  box.succeed(["create", "--bundle", bundle, "--pidfd-socket", receiver.path, id]);
  const { descriptor, payload } = receiver.receive();
  using pidfd = descriptor;
  assert.equal(payload, "standard");
  const fdinfo = readFileSync(`/proc/self/fdinfo/${pidfd.number}`, "utf8");
  assert.equal(/^Pid:\s+(\d+)$/m.exec(fdinfo)?.[1], String(box.state(id).pid));
  local.call({ name: "pidfd_send_signal", args: [pidfd.number, SIGKILL, 0, 0] });
  box.untilStatus(id, "stopped");
});
