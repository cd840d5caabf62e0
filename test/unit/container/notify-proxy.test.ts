import assert from "node:assert/strict";
import { lstatSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { NotifyProxy } from "../../../src/container/notify-proxy.ts";
import { local } from "../../../src/sys/local.ts";
import { connectDatagrams, sendDatagram } from "../../../src/sys/socket.ts";
import { withDirectory } from "../../helpers/directory.ts";
import { cloneHand } from "../../helpers/in-hand.ts";
import { NotifyReceiver } from "../../helpers/notify/notify.ts";
import { warningsOf } from "../../helpers/warnings.ts";

/** A proxy, who it tells, and what says to it what the container's program does. */
function withProxy(
  body: (proxy: NotifyProxy, host: NotifyReceiver, say: (...messages: string[]) => void) => void,
): void {
  withDirectory((directory) => {
    using host = new NotifyReceiver(join(directory, "systemd"));
    const path = join(directory, "notify.sock");
    using proxy = new NotifyProxy(host.path, path, 4711);
    using program = connectDatagrams(local, path, 1);
    body(proxy, host, (...messages) => {
      for (const message of messages) sendDatagram(local, program.number, message);
    });
  });
}

/** Answers to a proxy that polls for anything: it is there. */
function advance(proxy: NotifyProxy): void {
  proxy.advance(proxy.prepare().map(() => 1));
}

test("NotifyProxy.advance() passes on READY and says who the main process is, once", () => {
  withProxy((proxy, host, say) => {
    say("STATUS=starting", "READY=1\nSTATUS=done", "READY=2");
    advance(proxy);
    assert.equal(host.next(), "READY=1\n");
    assert.equal(host.next(), "MAINPID=4711\n");
    const { descriptor, payload } = host.nextDescriptor();
    assert.equal(payload, "BARRIER=1");
    assert.equal(proxy.prepare().length, 1);
    descriptor[Symbol.dispose]();
    advance(proxy);
    assert.deepEqual(proxy.prepare(), []);
    assert.deepEqual(host.rest(), []);
  });
});

test("NotifyProxy lets the program say nothing beside READY, whatever ends a line for systemd", () => {
  withProxy((proxy, host, say) => {
    say("STATUS=x\rMAINPID=1\r\nREADY=1\rMAINPID=1\rFDSTORE=1");
    advance(proxy);
    assert.equal(host.next(), "READY=1\n");
    assert.equal(host.next(), "MAINPID=4711\n");
  });
});

test("NotifyProxy makes its socket for all users, and follows no link that is in its place", () => {
  withDirectory((directory) => {
    using host = new NotifyReceiver(join(directory, "systemd"));
    const [path, canary] = [join(directory, "notify.sock"), join(directory, "canary")];
    writeFileSync(canary, "", { mode: 0o600 });
    symlinkSync(canary, path);
    const mask = process.umask();
    using _ = new NotifyProxy(host.path, path, 4711);
    assert.equal(lstatSync(path).mode & 0o777, 0o777);
    assert.equal(lstatSync(canary).mode & 0o777, 0o600);
    assert.equal(process.umask(), mask);
  });
});

test("NotifyProxy ends with the answer: a program that speaks on is told that nobody listens", () => {
  withProxy((proxy, host, say) => {
    say("READY=1");
    advance(proxy);
    host.rest();
    assert.throws(() => say("STATUS=running"), /connection refused/);
  });
});

test("NotifyProxy.wait() ends with a program that says nothing", () => {
  withProxy((proxy, host, say) => {
    const hand = cloneHand();
    try {
      say("STATUS=starting");
      local.call({ name: "pidfd_send_signal", args: [hand.pidfd, 9, 0, 0] });
      proxy.wait(hand.pidfd);
      assert.deepEqual(host.rest(), []);
    } finally {
      hand.destroy();
    }
  });
});

test("NotifyProxy warns when systemd is gone, and has done", () => {
  withProxy((proxy, host, say) => {
    host[Symbol.dispose]();
    say("READY=1");
    const [warning = ""] = warningsOf(() => advance(proxy));
    assert.match(warning, /^telling the socket of NOTIFY_SOCKET .*sendto "READY=1\\n": connection refused$/);
    assert.deepEqual(proxy.prepare(), []);
  });
});

test("NotifyProxy makes a socket that any user of the container may write to, in the place of an old one", () => {
  withDirectory((directory) => {
    using host = new NotifyReceiver(join(directory, "systemd"));
    const path = join(directory, "notify.sock");
    writeFileSync(path, "");
    using _proxy = new NotifyProxy(host.path, path, 1);
    const stat = statSync(path);
    assert.equal(stat.isSocket(), true);
    assert.equal(stat.mode & 0o777, 0o777);
  });
});

test("NotifyProxy names the socket at which nobody listens", () => {
  withDirectory((directory) => {
    const host = join(directory, "nobody");
    assert.throws(
      () => new NotifyProxy(host, join(directory, "notify.sock"), 1),
      /connect ".*\/nobody": no such file or directory/,
    );
  });
});
