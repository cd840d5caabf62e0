import { TsrunError } from "../base/errors.ts";
import type { Fd } from "../sys/fd.ts";
import { local } from "../sys/local.ts";
import { receiveDescriptor, socketPair } from "../sys/socket.ts";

/** A terminal's ptmx in this process. */
export interface ReceivedTerminal {
  readonly ptmx: Fd;
  /** Path of the peer inside the container. */
  readonly name: string;
}

/**
 * The way of a ptmx out of the container: a socket pair made before the clone. Both ends are close-on-exec: the
 * container's process never has one. It needs no ptrace right over init, as pidfd_getfd(2) would.
 */
export class TerminalChannel implements Disposable {
  readonly #parent: Fd;
  readonly #child: Fd;

  constructor() {
    [this.#parent, this.#child] = socketPair(local);
  }

  /** Number of the end that init inherits and `sendTerminal` takes. */
  get child(): number {
    return this.#child.number;
  }

  /** What `sendTerminal` has sent. @throws TsrunError when it has sent nothing */
  receive(): ReceivedTerminal {
    try {
      const { descriptor, payload } = receiveDescriptor(local, this.#parent.number);
      return { ptmx: descriptor, name: payload };
    } catch (cause) {
      throw new TsrunError("receiving the container's terminal", { cause });
    }
  }

  [Symbol.dispose](): void {
    this.#parent[Symbol.dispose]();
    this.#child[Symbol.dispose]();
  }
}
