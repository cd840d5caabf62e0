import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import type { Fd } from "../../../src/sys/fd.ts";
import { local } from "../../../src/sys/local.ts";
import { POLLIN, poll } from "../../../src/sys/poll.ts";
import { bindDatagrams, receiveDatagram, receiveDescriptor } from "../../../src/sys/socket.ts";
import { patience } from "../wait.ts";

const source = "test/helpers/notify/notify.c";
let built: string | undefined;

/** A static program that sends each of its arguments as sd_notify(3) does. @returns its path */
export function notifyProgram(): string {
  built ??= build();
  return built;
}

function build(): string {
  const tool = resolve("build/notify");
  const draft = `${tool}.${process.pid}`;
  mkdirSync("build", { recursive: true });
  execFileSync("gcc", ["-O1", "-Wall", "-Wextra", "-Werror", "-static", "-o", draft, source]);
  renameSync(draft, tool);
  return tool;
}

/** systemd's side of sd_notify(3): a socket at `path`, or of that name in the abstract namespace after "@". */
export class NotifyReceiver implements Disposable {
  readonly path: string;
  readonly #socket: Fd;

  constructor(path: string) {
    this.path = path;
    this.#socket = bindDatagrams(local, path);
  }

  /** Waits for the next message. */
  next(): string {
    this.#await();
    return receiveDatagram(local, this.#socket.number) ?? "nothing";
  }

  /** Waits for the next message, which brings a descriptor. */
  nextDescriptor(): { descriptor: Fd; payload: string } {
    this.#await();
    return receiveDescriptor(local, this.#socket.number);
  }

  /** What has come and was not taken. A descriptor that comes with a message is closed. */
  rest(): string[] {
    const messages: string[] = [];
    for (;;) {
      const message = receiveDatagram(local, this.#socket.number);
      if (message === undefined) return messages;
      messages.push(message);
    }
  }

  #await(): void {
    poll(local, [{ fd: this.#socket.number, events: POLLIN }], patience);
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
    if (!this.path.startsWith("@")) rmSync(this.path, { force: true });
  }
}
