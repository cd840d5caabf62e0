import type { Fd } from "./fd.ts";
import { local } from "./local.ts";
import { receiveDescriptor, socketPair } from "./socket.ts";

/**
 * The way of descriptors out of a container: a socket pair made before the clone. Both ends are close-on-exec: the
 * container's process never has one. It needs no ptrace right over init, as pidfd_getfd(2) would.
 */
export class DescriptorChannel implements Disposable {
  readonly #parent: Fd;
  readonly #child: Fd;

  constructor() {
    [this.#parent, this.#child] = socketPair(local);
  }

  /** Number of the end that init inherits and `sendDescriptor` takes. */
  get child(): number {
    return this.#child.number;
  }

  /** What has been sent: a descriptor in this process now, and the text beside it. @throws SyscallError EAGAIN: nothing */
  take(): { descriptor: Fd; payload: string } {
    return receiveDescriptor(local, this.#parent.number);
  }

  [Symbol.dispose](): void {
    this.#parent[Symbol.dispose]();
    this.#child[Symbol.dispose]();
  }
}
