import { TsrunError } from "../base/errors.ts";
import type { Fd } from "../sys/fd.ts";
import { local } from "../sys/local.ts";
import { connectUnix, sendDescriptor } from "../sys/socket.ts";

/** How long an engine that does not accept may keep us waiting, in seconds. */
const PATIENCE = 10;

/**
 * A socket of the engine's that is sent one descriptor: `--console-socket` (the container's ptmx) or `--pidfd-socket`
 * (its init). Connected before anything is created, so that a wrong path fails early; it is never inside the container.
 */
export class DescriptorSocket implements Disposable {
  readonly #socket: Fd;
  readonly #name: string;

  /**
   * @param purpose what messages call it, e.g. `console socket`
   * @throws TsrunError that names the path, within 10 s
   */
  constructor(purpose: string, path: string) {
    this.#name = `${purpose} ${JSON.stringify(path)}`;
    this.#socket = this.#attempt(`connecting to ${this.#name}`, () => connectUnix(local, path, PATIENCE));
  }

  /** Sends a descriptor of this process with its name beside it. @throws TsrunError that names the path, within 10 s */
  send(descriptor: number, name: string): void {
    this.#attempt(`sending to ${this.#name}`, () => {
      sendDescriptor(local, this.#socket.number, descriptor, name);
    });
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }

  #attempt<T>(what: string, action: () => T): T {
    try {
      return action();
    } catch (cause) {
      throw new TsrunError(what, { cause });
    }
  }
}

/** The socket at a path of the command line, if that has one. @throws TsrunError as the constructor does */
export function connectSocket(purpose: string, path: string | undefined): DescriptorSocket | undefined {
  return path === undefined ? undefined : new DescriptorSocket(purpose, path);
}

/** What goes with the pidfd of a container's init on `--pidfd-socket`, and with that of an exec: runc's words. */
export const pidfdNames = { init: "standard", exec: "setns" } as const;
