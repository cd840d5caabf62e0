// kubelet's streaming protocol, as `kubectl exec` and `kubectl attach` speak it: WebSocket (RFC 6455) with channels.
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import type { EngineMachine } from "../../machine/machine.ts";
import { eventually } from "./pods.ts";

/** The first byte of each message. */
export const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;

const BINARY = 0x82;
const CLOSE = 8;
/** From this length on, 16 bits for it follow the byte that says so. */
const SHORT = 126;
const LONG = 127;

/** A client's frame: the bit that says so, and a mask, which is zero. */
function frame(channel: number, data: string): Buffer {
  const message = Buffer.concat([Buffer.from([channel]), Buffer.from(data)]);
  assert.ok(message.length < SHORT, "only short messages are sent");
  return Buffer.concat([Buffer.from([BINARY, 0x80 | message.length, 0, 0, 0, 0]), message]);
}

/** A whole frame at the buffer's start: its code, its content, and what follows it; undefined if it is not all there. */
function firstFrame(buffer: Buffer): { code: number; content: Buffer; rest: Buffer } | undefined {
  if (buffer.length < 2) return undefined;
  const [first = 0, size = 0] = buffer;
  const header = size < SHORT ? 2 : size === SHORT ? 4 : 10;
  assert.ok(size <= LONG, "a server does not mask");
  if (buffer.length < header) return undefined;
  const length =
    header === 2 ? size : header === 4 ? buffer.readUInt16BE(2) : Number(buffer.readBigUInt64BE(2));
  if (buffer.length < header + length) return undefined;
  const end = header + length;
  return { code: first & 0x0f, content: buffer.subarray(header, end), rest: buffer.subarray(end) };
}

/** The streams of a process in a container. */
export class RemoteStream {
  /** The server listens on the machine's own loopback. */
  readonly #carrier: ChildProcess;
  readonly #said: string[] = ["", "", "", "", ""];
  #unread: Buffer = Buffer.alloc(0);
  #hasEnded = false;

  /** @param url as Exec and Attach answer */
  constructor(machine: EngineMachine, url: string) {
    const { hostname, port, pathname } = new URL(url);
    this.#carrier = machine.spawn(["busybox", "nc", hostname, port]);
    this.#carrier.once("exit", () => {
      this.#hasEnded = true;
    });
    this.#carrier.stdout?.on("data", (data: Buffer) => {
      this.#unread = Buffer.concat([this.#unread, data]);
    });
    const headers = {
      Host: hostname,
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": Buffer.from("any sixteen byte").toString("base64"),
      "Sec-WebSocket-Protocol": "v4.channel.k8s.io",
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#carrier.stdin?.write(`GET ${pathname} HTTP/1.1\r\n${lines.join("")}\r\n`);
  }

  /** Waits until the server speaks the protocol. */
  async open(): Promise<this> {
    const end = await eventually("the server's answer", async () => {
      const index = this.#unread.indexOf("\r\n\r\n");
      return index >= 0 && index + 4;
    });
    const answer = this.#unread.subarray(0, end).toString();
    assert.match(answer, /^HTTP\/1\.1 101 .*^Sec-WebSocket-Protocol: v4\.channel\.k8s\.io/ims);
    this.#unread = this.#unread.subarray(end);
    return this;
  }

  /** What a channel has said so far. */
  text(channel: keyof typeof channels): string {
    for (let next = firstFrame(this.#unread); next !== undefined; next = firstFrame(this.#unread)) {
      this.#unread = next.rest;
      if (next.code === CLOSE) this.#hasEnded = true;
      else this.#said[next.content[0] ?? 0] += next.content.subarray(1).toString();
    }
    return this.#said[channels[channel]] ?? "";
  }

  send(channel: keyof typeof channels, data: string): void {
    this.#carrier.stdin?.write(frame(channels[channel], data));
  }

  /** Waits until a channel has said something. */
  async says(pattern: RegExp, channel: keyof typeof channels = "stdout"): Promise<void> {
    await eventually(`${channel} says ${pattern}`, async () => pattern.test(this.text(channel)));
  }

  /** Waits for the process's end. @returns its exit status */
  async ended(): Promise<number> {
    await eventually("the end", async () => this.text("error") !== "" || this.#hasEnded);
    const { status, details } = JSON.parse(this.text("error"));
    this.close();
    if (status === "Success") return 0;
    return Number(details.causes.find((each: { reason: string }) => each.reason === "ExitCode").message);
  }

  close(): void {
    this.#carrier.stdin?.end();
  }
}
