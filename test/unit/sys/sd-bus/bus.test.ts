// A connection to a real message bus (dbus-daemon(1)) of the test's own; what it carries is read back by dbus-monitor(1).
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { messageOf } from "../../../../src/base/errors.ts";
import { Bus } from "../../../../src/sys/sd-bus/bus.ts";
import { BusError, isBusError } from "../../../../src/sys/sd-bus/bus-error.ts";
import type { BusArgument } from "../../../../src/sys/sd-bus/value.ts";
import { failedCall, isErrno } from "../../../../src/sys/syscall-error.ts";
import { until } from "../../../helpers/wait.ts";

const LIMIT = 10_000;
const directory = mkdtempSync(join(tmpdir(), "tsrun-bus-"));
const address = `unix:path=${directory}/bus`;
const daemonName = "org.freedesktop.DBus";
const daemonCall = {
  destination: daemonName,
  path: "/org/freedesktop/DBus",
  interface: daemonName,
  subject: "",
} as const;
let daemon: ChildProcess;

before(async () => {
  const config = join(directory, "bus.conf");
  writeFileSync(
    config,
    `<busconfig><type>session</type><listen>${address}</listen><policy context="default">` +
      `<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`,
  );
  const args = [`--config-file=${config}`, "--nofork", "--nopidfile", "--print-address=1"];
  daemon = spawn("dbus-daemon", args, { stdio: ["ignore", "pipe", "ignore"] });
  await once(daemon.stdout ?? daemon, "data");
});

after(async () => {
  daemon.kill();
  await once(daemon, "exit");
  rmSync(directory, { recursive: true });
});

test("call() returns the answer", () => {
  using bus = Bus.open(address, true, LIMIT);
  using answer = bus.call({ ...daemonCall, member: "GetId" });
  assert.match(answer.text(), /^[0-9a-f]{32}$/);
});

test("call() reads a variant", () => {
  using bus = Bus.open(address, true, LIMIT);
  const args: BusArgument[] = [daemonName, "Features"].map((value) => ({ type: "s", value }));
  const call = { ...daemonCall, interface: `${daemonName}.Properties`, member: "Get", arguments: args };
  using answer = bus.call(call);
  const value = answer.variant();
  assert.ok(value?.type === "as" && value.value.includes("HeaderFiltering"), JSON.stringify(value));
});

test("call() throws the error that answers, by its name on the bus", () => {
  using bus = Bus.open(address, true, LIMIT);
  const name = `${daemonName}.Error.NameHasNoOwner`;
  const call = {
    ...daemonCall,
    member: "GetNameOwner",
    subject: "org.example.Nobody",
    arguments: [{ type: "s", value: "org.example.Nobody" }],
  } as const;
  assert.throws(
    () => bus.call(call),
    (error) => {
      assert.ok(error instanceof BusError);
      assert.equal(error.busName, name);
      assert.match(
        error.message,
        /^GetNameOwner org\.example\.Nobody: .+ \(org\.freedesktop\.DBus\.Error\.NameHasNoOwner\)$/,
      );
      return isBusError(error, "other", name) && !isBusError(error, "other");
    },
  );
});

test("awaitSignal() finds one that came while a call was waited for", () => {
  using bus = Bus.open(address, true, LIMIT);
  const name: BusArgument = { type: "s", value: "org.example.Test" };
  const flags: BusArgument = { type: "u", value: 0 };
  // The bus tells the new owner of its name before it answers.
  bus.call({ ...daemonCall, member: "RequestName", arguments: [name, flags] })[Symbol.dispose]();
  const seen: string[] = [];
  bus.awaitSignal(daemonName, "NameAcquired", (signal) => {
    seen.push(signal.text());
    return seen.at(-1) === "org.example.Test";
  });
  assert.equal(seen.at(-1), "org.example.Test");
});

test("awaitSignal() gives up in time", () => {
  using bus = Bus.open(address, true, 50);
  assert.throws(
    () => bus.awaitSignal("org.example", "Never", () => true),
    /^TsrunError|signal Never: no answer within 0\.05 s/,
  );
});

test("open() names the address where nobody is, and the call that says so", () => {
  assert.throws(
    () => Bus.open("unix:path=/nowhere/bus", true, LIMIT),
    (error) =>
      isErrno(failedCall(error), "ENOENT") && messageOf(error) === "connecting to unix:path=/nowhere/bus",
  );
});

test("open() gives up in time on a peer that takes no part", async () => {
  const path = join(directory, "mute");
  const server = createServer().listen(path);
  await once(server, "listening");
  assert.throws(
    () => Bus.open(`unix:path=${path}`, false, 100),
    (error) =>
      error instanceof Error && String((error.cause as Error).message).includes("no answer within 0.1 s"),
  );
  server.close();
});

test("owner() is undefined for a bus that is not a user's session", () => {
  using bus = Bus.open(address, true, LIMIT);
  const owner = bus.owner();
  assert.ok(owner === undefined || Number.isInteger(owner));
});

/** Every type of argument, and what dbus-monitor shows of it. */
const argumentsShown: readonly (readonly [BusArgument, RegExp])[] = [
  [{ type: "b", value: true }, /boolean true/],
  [{ type: "i", value: -5 }, /int32 -5/],
  [{ type: "u", value: 4_294_967_295 }, /uint32 4294967295/],
  [{ type: "x", value: -9_007_199_254_740_993n }, /int64 -9007199254740993/],
  [{ type: "t", value: 2n ** 64n - 1n }, /uint64 18446744073709551615/],
  [{ type: "d", value: 0.5 }, /double 0\.5/],
  [{ type: "s", value: "héllo" }, /string "héllo"/],
  [{ type: "o", value: "/a/b" }, /object path "\/a\/b"/],
  [{ type: "ay", value: Uint8Array.of(1, 255) }, /array of bytes \[\s*01 ff\s*\]/],
  [{ type: "au", value: [7, 8] }, /array \[\s*uint32 7\s*uint32 8\s*\]/],
  [{ type: "as", value: ["a", "b"] }, /array \[\s*string "a"\s*string "b"\s*\]/],
  [{ type: "a(ss)", value: [["/dev/null", "rw"]] }, /struct \{\s*string "\/dev\/null"\s*string "rw"\s*\}/],
  [{ type: "a(st)", value: [["/dev/sda", 5n]] }, /struct \{\s*string "\/dev\/sda"\s*uint64 5\s*\}/],
  [{ type: "a(sa(sv))", value: [] }, /array \[\s*\]/],
  [
    {
      type: "a(sv)",
      value: [
        ["Slice", { type: "s", value: "a.slice" }],
        ["DeviceAllow", { type: "a(ss)", value: [] }],
        ["PIDs", { type: "au", value: [1] }],
      ],
    },
    /"Slice"\s*variant\s*string "a\.slice".*"DeviceAllow"\s*variant\s*array \[\s*\].*"PIDs"\s*variant\s*array \[\s*uint32 1/s,
  ],
];

test("arguments of every type arrive as they were given", async () => {
  const monitor = spawn("dbus-monitor", ["--address", address, "interface=org.example.Types"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const shown = { text: "" };
  monitor.stdout.on("data", (data) => (shown.text += String(data)));
  await once(monitor.stdout, "data");
  using bus = Bus.open(address, true, LIMIT);
  const call = {
    destination: daemonName,
    path: "/x",
    interface: "org.example.Types",
    member: "Take",
    subject: "",
  };
  assert.throws(
    () => bus.call({ ...call, arguments: argumentsShown.map(([argument]) => argument) }),
    BusError,
  );
  const ended = once(monitor, "exit");
  const isComplete = () => /uint32 1\s/.test(shown.text);
  for (let tries = 0; tries < 200 && !isComplete(); tries++)
    await new Promise((done) => setTimeout(done, 20));
  monitor.kill();
  await ended;
  for (const [, pattern] of argumentsShown) assert.match(shown.text, pattern);
});

test("a text with a NUL byte is refused", () => {
  using bus = Bus.open(address, true, LIMIT);
  const args: BusArgument[] = [{ type: "s", value: "a\0b" }];
  assert.throws(() => bus.call({ ...daemonCall, member: "GetNameOwner", arguments: args }), /NUL/);
});

test("call() says that the peer has gone", async () => {
  const own = spawn("dbus-daemon", ["--session", "--nofork", "--nopidfile", "--print-address=1"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [line] = (await once(own.stdout, "data")) as [Buffer];
  using bus = Bus.open(String(line).trim(), true, LIMIT);
  const ended = once(own, "exit");
  own.kill("SIGKILL");
  await ended;
  until(
    "the connection to break",
    () =>
      !readFileSync("/proc/net/unix", "utf8").includes(String(line).trim().split(",")[0]?.slice(10) ?? "?"),
  );
  assert.throws(() => bus.call({ ...daemonCall, member: "GetId" }), { code: /ECONNRESET|ENOTCONN|EPIPE/ });
});
