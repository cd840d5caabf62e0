import { rmSync } from "node:fs";
import { Fd } from "../../src/sys/fd.ts";
import { local } from "../../src/sys/local.ts";
import { POLLIN, poll } from "../../src/sys/poll.ts";
import { receiveDescriptor, unixAddress } from "../../src/sys/socket.ts";
import { patience } from "./wait.ts";

const AF_UNIX = 1;
const SOCK_STREAM_CLOEXEC = 0o2000001;
const SOCK_CLOEXEC = 0o2000000;

/** The engine's side of `--console-socket` and `--pidfd-socket`: listens at `path` until it is disposed of. */
export class DescriptorReceiver implements Disposable {
  readonly path: string;
  readonly #listener: Fd;

  /** @param backlog connections that may wait to be accepted, as of listen(2) */
  constructor(path: string, backlog = 1) {
    this.path = path;
    this.#listener = new Fd(local, local.call({ name: "socket", args: [AF_UNIX, SOCK_STREAM_CLOEXEC, 0] }));
    const [address, length] = unixAddress(local, path);
    local.call({ name: "bind", args: [this.#listener.number, address, length], subject: path });
    local.call({ name: "listen", args: [this.#listener.number, backlog] });
  }

  /** Whether somebody has connected. */
  get pending(): boolean {
    return poll(local, [{ fd: this.#listener.number, events: POLLIN }], 0)[0] !== 0;
  }

  /** Accepts one connection and takes the descriptor and the text that it brings. */
  receive(): { descriptor: Fd; payload: string } {
    poll(local, [{ fd: this.#listener.number, events: POLLIN }], patience);
    const args = [this.#listener.number, 0, 0, SOCK_CLOEXEC];
    using connection = new Fd(local, local.call({ name: "accept4", args }));
    poll(local, [{ fd: connection.number, events: POLLIN }], patience);
    return receiveDescriptor(local, connection.number);
  }

  [Symbol.dispose](): void {
    this.#listener[Symbol.dispose]();
    rmSync(this.path, { force: true });
  }
}
