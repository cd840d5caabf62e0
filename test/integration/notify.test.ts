import assert from "node:assert/strict";
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Config, mapUsers } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { NotifyReceiver, notifyProgram } from "../helpers/notify/notify.ts";
import { PtyProcess } from "../helpers/pty.ts";
import { lastLine, type Result, type Running, runtimePath } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { pause } from "../helpers/wait.ts";

leaveNothing();

const READY = "/notify READY=1";

/** A bundle whose program is a shell script that can call /notify. */
function bundleWith(box: Sandbox, script: string, adjust: (config: Config) => void = () => {}): string {
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/sh", "-c", script];
    config.root.readonly = false;
    adjust(config);
  });
  // Where the container's root, whoever that is, may make a directory.
  mkdirSync(join(bundle, "rootfs/run"));
  chmodSync(join(bundle, "rootfs/run"), 0o777);
  const inside = join(bundle, "rootfs/notify");
  copyFileSync(notifyProgram(), inside);
  chmodSync(inside, 0o755);
  return bundle;
}

function receiverIn(box: Sandbox): NotifyReceiver {
  return new NotifyReceiver(join(box.directory, "systemd"));
}

/** Creates a container for which somebody waits at `host`. */
function create(box: Sandbox, host: NotifyReceiver, bundle: string): string {
  const id = box.newId();
  box.succeed(["create", "--bundle", bundle, id], { env: { NOTIFY_SOCKET: host.path } });
  return id;
}

/** Takes note of what comes until the runtime has ended: of its barrier (runc has it since 1.2), and of nothing else. */
async function endOf(host: NotifyReceiver, runtime: Running): Promise<Result> {
  const later: string[] = [];
  const timer = setInterval(() => later.push(...host.rest()), 10);
  try {
    return await runtime.ended;
  } finally {
    clearInterval(timer);
    assert.deepEqual(
      later.filter((message) => message !== "BARRIER=1"),
      [],
    );
  }
}

/** Runs a container that goes on, and sees systemd told of its process and of nothing else. */
async function detached(box: Sandbox, host: NotifyReceiver, script: string): Promise<void> {
  const id = box.newId();
  const flags = ["--detach", "--bundle", bundleWith(box, script)];
  const runtime = box.start(["run", ...flags, id], { env: { NOTIFY_SOCKET: host.path } });
  const messages = [host.next(), host.next()];
  const { status, stderr } = await endOf(host, runtime);
  assert.equal(status, 0, stderr);
  assert.deepEqual(messages, ["READY=1\n", `MAINPID=${box.state(id).pid}\n`]);
}

it("NOTIFY_SOCKET: run tells systemd that the program is ready, and that its own process stands for it", async (box) => {
  using host = receiverIn(box);
  const bundle = bundleWith(box, `${READY}; exit 3`);
  const runtime = box.start(["run", "--bundle", bundle, box.newId()], { env: { NOTIFY_SOCKET: host.path } });
  assert.equal(host.next(), "READY=1\n");
  assert.equal(host.next(), `MAINPID=${runtime.pid}\n`);
  const { status, stderr } = await endOf(host, runtime);
  assert.equal(status, 3, stderr);
});

for (const [who, adjust] of [
  ["root", () => {}],
  [
    "another user",
    (config: Config) => {
      config.process.user = { uid: 1000, gid: 1000 };
    },
  ],
  ["the root of a user namespace", (config: Config) => mapUsers(config, 100000, 65536)],
] as const) {
  it(`NOTIFY_SOCKET: start returns once the program has said that it is ready, as ${who}`, async (box) => {
    using host = receiverIn(box);
    const bundle = bundleWith(
      box,
      `until [ -e /tmp/go ]; do sleep 0.02; done; ${READY} && sleep 1000`,
      adjust,
    );
    const id = create(box, host, bundle);
    const { pid } = box.state(id);
    const starting = box.start(["start", id], { env: { NOTIFY_SOCKET: host.path } });
    box.untilStatus(id, "running");
    assert.deepEqual(host.rest(), []);
    assert.equal(starting.child.exitCode, null);
    writeFileSync(join(bundle, "rootfs/tmp/go"), "");
    assert.equal(host.next(), "READY=1\n");
    assert.equal(host.next(), `MAINPID=${pid}\n`);
    const { status, stderr } = await endOf(host, starting);
    assert.equal(status, 0, stderr);
    assert.equal(box.state(id).status, "running");
  });
}

it("NOTIFY_SOCKET: start waits until systemd has taken note", async (box) => {
  using host = receiverIn(box);
  const id = create(box, host, bundleWith(box, `${READY}; sleep 1000`));
  const starting = box.start(["start", id], { env: { NOTIFY_SOCKET: host.path } });
  host.next();
  host.next();
  const { descriptor, payload } = host.nextDescriptor();
  assert.equal(payload, "BARRIER=1");
  pause(100);
  await new Promise((done) => setTimeout(done, 50));
  assert.equal(starting.child.exitCode, null);
  descriptor[Symbol.dispose]();
  const { status, stderr } = await starting.ended;
  assert.equal(status, 0, stderr);
});

it("NOTIFY_SOCKET: run --detach returns once the program has said that it is ready", async (box) => {
  using host = receiverIn(box);
  await detached(box, host, `${READY}; sleep 1000`);
});

it("NOTIFY_SOCKET: the program finds the socket in a directory that it cannot write to", async (box) => {
  using host = receiverIn(box);
  const script =
    "echo $NOTIFY_SOCKET; stat -c '%F %a' $NOTIFY_SOCKET; touch /run/notify/x 2>&1; /notify READY=1";
  const bundle = bundleWith(box, script, (config) => {
    config.process.env.push("NOTIFY_SOCKET=/elsewhere");
  });
  const runtime = box.start(["run", "--bundle", bundle, box.newId()], { env: { NOTIFY_SOCKET: host.path } });
  assert.equal(host.next(), "READY=1\n");
  host.next();
  const { stdout } = await endOf(host, runtime);
  const [path, socket, refusal = ""] = stdout.trim().split("\n");
  assert.equal(path, "/run/notify/notify.sock");
  assert.equal(socket, "socket 777");
  assert.match(refusal, /Read-only file system/);
});

it("NOTIFY_SOCKET: nothing of it reaches the container where it is not set", (box) => {
  const bundle = bundleWith(box, "env; ls -d /run/notify 2>&1; grep -c notify /proc/self/mountinfo");
  const { stdout } = box.call(["run", "--bundle", bundle, box.newId()]);
  assert.doesNotMatch(stdout, /NOTIFY_SOCKET/);
  assert.match(stdout, /\/run\/notify: No such file or directory\n0\n$/);
});

it("NOTIFY_SOCKET: only what says READY is passed on, on whichever line it stands", async (box) => {
  using host = receiverIn(box);
  const script =
    '/notify "STATUS=early" "MAINPID=1" "$(printf "STATUS=done\\nREADY=1\\nMAINPID=1")"; sleep 1000';
  await detached(box, host, script);
});

it("NOTIFY_SOCKET: a socket of the abstract namespace will do", async (box) => {
  using host = new NotifyReceiver(`@${box.newId()}`);
  await detached(box, host, `${READY}; sleep 1000`);
});

it("NOTIFY_SOCKET: run relays a terminal and a signal while systemd has not taken note", async (box) => {
  using host = receiverIn(box);
  const script = `trap 'echo caught; exit 7' TERM; ${READY}; read line; echo "got $line"; while :; do sleep 0.05; done`;
  const bundle = bundleWith(box, script, (config) => {
    config.process.terminal = true;
  });
  const command = [runtimePath, "--root", box.root, "run", "--bundle", bundle, box.newId()];
  using run = new PtyProcess(command, { TSRUN_TEST: box.directory, NOTIFY_SOCKET: host.path });
  assert.equal(host.next(), "READY=1\n");
  assert.equal(host.next(), `MAINPID=${run.pid}\n`);
  run.screen.type("a line\r");
  await run.screen.shows(/got a line/);
  process.kill(run.pid, "SIGTERM");
  await run.screen.shows(/caught/);
  host.rest();
  assert.equal(await run.ended, 7);
});

for (const flags of [[], ["--detach"]]) {
  it(`NOTIFY_SOCKET: ${["run", ...flags].join(" ")} does not wait for a program that has ended`, (box) => {
    using host = receiverIn(box);
    const bundle = bundleWith(box, "exit 7");
    const { status, stderr } = box.call(["run", ...flags, "--bundle", bundle, box.newId()], {
      env: { NOTIFY_SOCKET: host.path },
    });
    assert.equal(status, flags.length === 0 ? 7 : 0, stderr);
    assert.deepEqual(host.rest(), []);
  });
}

it("NOTIFY_SOCKET: start does not wait for a program that has ended", (box) => {
  using host = receiverIn(box);
  const id = create(box, host, bundleWith(box, "exit 7"));
  box.succeed(["start", id], { env: { NOTIFY_SOCKET: host.path } });
  assert.deepEqual(host.rest(), []);
});

it("NOTIFY_SOCKET: start refuses a container that was created without it, and leaves it as it is", (box) => {
  using host = receiverIn(box);
  const id = box.newId();
  box.succeed(["create", "--bundle", bundleWith(box, READY), id]);
  assert.match(box.fail(["start", id], { env: { NOTIFY_SOCKET: host.path } }), /no such file or directory/);
  assert.equal(box.state(id).status, "created");
});

it("NOTIFY_SOCKET: start refuses a socket at which nobody listens, and leaves the container as it is", (box) => {
  using host = receiverIn(box);
  const id = create(box, host, bundleWith(box, READY));
  host[Symbol.dispose]();
  assert.match(box.fail(["start", id], { env: { NOTIFY_SOCKET: host.path } }), /no such file or directory/);
  assert.equal(box.state(id).status, "created");
});

it("NOTIFY_SOCKET: run warns of a socket at which nobody listens, and runs", (box) => {
  const env = { NOTIFY_SOCKET: join(box.directory, "nobody") };
  const result = box.call(["run", "--bundle", bundleWith(box, "exit 7"), box.newId()], { env });
  assert.equal(result.status, 7);
  assert.match(lastLine(result), /nobody.*no such file or directory/);
});
