import { log } from "../base/log.ts";
import { errnoText } from "../sys/errno.ts";
import { local } from "../sys/local.ts";
import { Memory } from "../sys/memory.ts";
import { type Interest, POLLIN, POLLOUT } from "../sys/poll.ts";
import { CHUNK } from "./endpoint.ts";

const EIO = 5;
const EAGAIN = 11;
const EPIPE = 32;

/** Where a flow stands with its source: `hung` is a terminal that nobody has open at the moment. */
type Source = "open" | "hung" | "ended";

/** The write end of a flow. */
interface Sink {
  readonly fd: number;
  readonly limit: number;
}

/**
 * Copies one direction of a terminal through a buffer: reads when the buffer is empty, writes when it is not, so the
 * slower side sets the pace. What the sink refuses for good is dropped: a reader that went away must not stop the
 * container, which would wait for ever in its write.
 */
export class Flow implements Disposable {
  readonly #source: number;
  readonly #sink: Sink;
  readonly #buffer = new Memory(CHUNK);
  #state: Source = "open";
  #start = 0;
  #end = 0;
  #warned = false;

  constructor(source: number, sink: Sink) {
    this.#source = source;
    this.#sink = sink;
  }

  /** Bytes that have been read and not yet written. */
  get pending(): number {
    return this.#end - this.#start;
  }

  get state(): Source {
    return this.#state;
  }

  /** What to poll for: the sink while there is something to write, else the source. */
  get interest(): Interest | undefined {
    if (this.pending > 0) return { fd: this.#sink.fd, events: POLLOUT };
    return this.#state === "open" ? { fd: this.#source, events: POLLIN } : undefined;
  }

  /** Does what `interest` asked for, in one call. */
  advance(): void {
    if (this.pending > 0) this.#write();
    else this.read();
  }

  /** Fills the empty buffer. @returns whether anything was there */
  read(): boolean {
    const count = local.attempt({ name: "read", args: [this.#source, this.#buffer.address, CHUNK] });
    if (count > 0) {
      this.#start = 0;
      this.#end = count;
      this.#state = "open";
      return true;
    }
    // A ptmx whose peer is closed everywhere says EIO until somebody opens the peer again, by /dev/console say.
    if (count === -EIO) this.#state = "hung";
    else this.#state = count === -EAGAIN ? "open" : "ended";
    return false;
  }

  #write(): void {
    const length = Math.min(this.pending, this.#sink.limit);
    const count = local.attempt({
      name: "write",
      args: [this.#sink.fd, this.#buffer.address + this.#start, length],
    });
    if (count >= 0) this.#start += count;
    else if (count !== -EAGAIN) this.#drop(-count);
  }

  #drop(errno: number): void {
    this.#start = this.#end;
    if (errno === EPIPE || errno === EIO || this.#warned) return;
    this.#warned = true;
    log.warn(`output of the container is lost: ${errnoText(errno)}`);
  }

  [Symbol.dispose](): void {
    this.#buffer.unmap();
  }
}
