import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { socketsOf } from "../../../../src/cgroups/systemd/sockets.ts";
import { Systemd } from "../../../../src/cgroups/systemd/systemd.ts";

const peer = (address: string) => ({ address, isBus: false });
const bus = (address: string) => ({ address, isBus: true });

test("the system's systemd is called at its own socket, then over the bus", () => {
  assert.deepEqual(socketsOf(false, {}), [
    peer("unix:path=/run/systemd/private"),
    bus("unix:path=/run/dbus/system_bus_socket"),
  ]);
  assert.deepEqual(socketsOf(false, { DBUS_SYSTEM_BUS_ADDRESS: "unix:path=/b" }).at(-1), bus("unix:path=/b"));
});

test("a user's systemd is called at its own socket, then over the session's bus", () => {
  const environment = { XDG_RUNTIME_DIR: "/run/user/7", DBUS_SESSION_BUS_ADDRESS: "unix:abstract=x" };
  assert.deepEqual(socketsOf(true, environment), [
    peer("unix:path=/run/user/7/systemd/private"),
    bus("unix:abstract=x"),
    bus("unix:path=/run/user/7/bus"),
  ]);
  assert.deepEqual(socketsOf(true, { XDG_RUNTIME_DIR: "/run/user/7" }).length, 2);
});

test("a directory's name is escaped in an address", () => {
  const [first] = socketsOf(true, { XDG_RUNTIME_DIR: "/tmp/a b,é" });
  assert.equal(first?.address, "unix:path=/tmp/a%20b%2c%c3%a9/systemd/private");
});

test("connect() says where it has looked and what to do", () => {
  const sockets = [peer("unix:path=/nowhere/private"), bus("unix:path=/nowhere/bus")];
  assert.throws(() => Systemd.connect(true, sockets), {
    message:
      /^cannot talk to the user's systemd: connecting to unix:path=\/nowhere\/private: .*; connecting to unix:path=\/nowhere\/bus: /,
    hint: /loginctl enable-linger/,
  });
  assert.throws(() => Systemd.connect(true, []), { message: /XDG_RUNTIME_DIR is not set/ });
  assert.throws(() => Systemd.connect(false, sockets), { message: /^cannot talk to systemd: / });
});

test("connect() does not wait for ever for one that hangs", async () => {
  const directory = mkdtempSync(join(tmpdir(), "tsrun-systemd-"));
  const server = createServer();
  await new Promise<void>((done) => server.listen(join(directory, "private"), done));
  const sockets = [peer(`unix:path=${directory}/private`)];
  assert.throws(() => Systemd.connect(false, sockets, 100), { message: /no answer within 0\.1 s/ });
  server.close();
  rmSync(directory, { recursive: true });
});
