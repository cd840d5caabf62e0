// Whoever should listen at a socket of the command line's, of config.json's or of NOTIFY_SOCKET, and does something else.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { Fd } from "../../src/sys/fd.ts";
import { local } from "../../src/sys/local.ts";
import { bindDatagrams, unixAddress } from "../../src/sys/socket.ts";
import type { Config } from "../helpers/config.ts";
import { faultOfResult } from "../helpers/fuzz/result.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { lastLine, type Result } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { asking } from "../helpers/seccomp-agent/seccomp-agent.ts";

leaveNothing();

const AF_UNIX = 1;
const SOCK_STREAM_CLOEXEC = 0o2000001;
const SOCK_SEQPACKET_CLOEXEC = 0o2000005;
const JUNK = Buffer.alloc(70_000, "\0\xff\n{]");

/** Ends a peer. */
type End = () => void;

function server(path: string, treat: (connection: Socket) => void): Promise<End> {
  const connections = new Set<Socket>();
  const listener: Server = createServer((connection) => {
    connections.add(connection);
    connection.on("error", () => undefined);
    treat(connection);
  });
  return new Promise((done) => {
    listener.listen(path, () =>
      done(() => {
        for (const connection of connections) connection.destroy();
        listener.close();
      }),
    );
  });
}

/** A bound socket that nobody listens on. */
function boundSocket(path: string, type: number): End {
  const socket = new Fd(local, local.call({ name: "socket", args: [AF_UNIX, type, 0] }));
  const [address, length] = unixAddress(local, path);
  local.call({ name: "bind", args: [socket.number, address, length], subject: path });
  return () => socket[Symbol.dispose]();
}

const nothing: End = () => undefined;

/** What is at the path, by its name. */
const peers: Readonly<Record<string, (path: string) => End | Promise<End>>> = {
  "a regular file": (path) => {
    writeFileSync(path, "");
    return nothing;
  },
  "a FIFO": (path) => {
    execFileSync("mkfifo", [path]);
    return nothing;
  },
  "a directory": (path) => {
    mkdirSync(path);
    return nothing;
  },
  "a device": (path) => {
    execFileSync("ln", ["-s", "/dev/null", path]);
    return nothing;
  },
  "a link to itself": (path) => {
    execFileSync("ln", ["-s", path, path]);
    return nothing;
  },
  "a stream socket that nobody listens on": (path) => boundSocket(path, SOCK_STREAM_CLOEXEC),
  "a socket of packets": (path) => boundSocket(path, SOCK_SEQPACKET_CLOEXEC),
  "a socket of datagrams": (path) => {
    const socket = bindDatagrams(local, path);
    return () => socket[Symbol.dispose]();
  },
  "one that hangs up at once": (path) => server(path, (connection) => connection.destroy()),
  "one that never reads": (path) => server(path, (connection) => connection.pause()),
  "one that sends junk and hangs up": (path) => server(path, (connection) => connection.end(JUNK)),
  "one that sends junk and stays": (path) => server(path, (connection) => connection.write(JUNK)),
};

function create(box: Sandbox, flags: readonly string[], adjust: (config: Config) => void): Promise<Result> {
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/true"];
    adjust(config);
  });
  return box.start(["create", "--bundle", bundle, ...flags, box.newId()]).ended;
}

/** The sockets that tsrun connects to, by what is said of them. */
const uses: Readonly<Record<string, (box: Sandbox, path: string) => Promise<Result>>> = {
  "--console-socket": (box, path) =>
    create(box, ["--console-socket", path], ({ process }) => {
      process.terminal = true;
    }),
  "--pidfd-socket": (box, path) => create(box, ["--pidfd-socket", path], () => undefined),
  listenerPath: (box, path) =>
    create(box, [], ({ linux }) => {
      linux.seccomp = asking({ path }, ["mkdirat"]);
    }),
  NOTIFY_SOCKET: (box, path) => {
    const bundle = box.bundle((config) => {
      config.process.args = ["/bin/true"];
      config.mounts.push({ destination: "/run", type: "tmpfs", source: "tmpfs" });
    });
    return box.start(["run", "--bundle", bundle, box.newId()], { env: { NOTIFY_SOCKET: path } }).ended;
  },
};

for (const [use, call] of Object.entries(uses)) {
  for (const [peer, make] of Object.entries(peers)) {
    it(`${use}: ${peer}`, async (box) => {
      const path = join(box.directory, "p");
      const end = await make(path);
      try {
        const result = await call(box, path);
        assert.equal(faultOfResult(result), undefined);
        if (result.status === 0) return;
        // A failure names the path and leaves nothing.
        assert.equal(result.status, 1);
        assert.ok(lastLine(result).includes(path), lastLine(result));
        assert.deepEqual(box.containers(), []);
      } finally {
        end();
      }
    });
  }
}
