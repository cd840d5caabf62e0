import type { Executor } from "../sys/executor.ts";
import type { Fd } from "../sys/fd.ts";
import { type Interest, POLLIN, POLLOUT } from "../sys/poll.ts";

/** What is kept of what a hook prints: the end, where programs say why they fail. */
const TAIL_SIZE = 8192;
/** What a pipe holds (pipe(7)): one read of this size empties it. */
const CHUNK = 65536;
const EAGAIN = 11;

/** Our end of a pipe, non-blocking. */
export interface Stream {
  /** What to wait for; undefined once there is nothing left to do. */
  readonly interest: Interest | undefined;
  /** Does what can be done without waiting. */
  act(): void;
}

/** Sends a text and closes the pipe. A reader that goes away early is of no consequence: a hook need not read. */
export class Sender implements Stream {
  readonly #k: Executor;
  readonly #fd: Fd;
  #rest: Uint8Array;
  #open = true;

  constructor(k: Executor, fd: Fd, text: string) {
    this.#k = k;
    this.#fd = fd;
    this.#rest = new TextEncoder().encode(text);
  }

  get interest(): Interest | undefined {
    return this.#open ? { fd: this.#fd.number, events: POLLOUT } : undefined;
  }

  act(): void {
    const part = this.#rest.subarray(0, CHUNK);
    const args = [this.#fd.number, this.#k.memory.data(part), part.length];
    const written = this.#k.attempt({ name: "write", args });
    if (written === -EAGAIN) return;
    this.#rest = written < 0 ? new Uint8Array() : this.#rest.subarray(written);
    if (this.#rest.length > 0) return;
    this.#open = false;
    this.#fd[Symbol.dispose]();
  }
}

/** Receives until the other side closes; keeps the last 8 KiB. */
export class Receiver implements Stream {
  readonly #k: Executor;
  readonly #fd: Fd;
  #tail: Uint8Array = new Uint8Array();
  #open = true;

  constructor(k: Executor, fd: Fd) {
    this.#k = k;
    this.#fd = fd;
  }

  get interest(): Interest | undefined {
    return this.#open ? { fd: this.#fd.number, events: POLLIN } : undefined;
  }

  /** What came, or its end. */
  get bytes(): Uint8Array {
    return this.#tail;
  }

  act(): void {
    const { memory } = this.#k;
    const buffer = memory.alloc(CHUNK);
    const count = this.#k.attempt({ name: "read", args: [this.#fd.number, buffer, CHUNK] });
    if (count === -EAGAIN) return;
    if (count > 0) this.#tail = Buffer.concat([this.#tail, memory.read(buffer, count)]).subarray(-TAIL_SIZE);
    else this.#open = false;
  }
}
