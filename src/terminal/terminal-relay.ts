import type { Fd } from "../sys/fd.ts";
import { O_RDONLY, O_WRONLY } from "../sys/files.ts";
import { local } from "../sys/local.ts";
import { setNonBlocking } from "../sys/pipe.ts";
import { type Interest, POLLIN, poll } from "../sys/poll.ts";
import type { SignalTrap } from "../sys/signal-trap.ts";
import { setTermios, setWindowSize, tryGetTermios, withoutCarriageReturns } from "../sys/tty.ts";
import { CHUNK, type Endpoint, openEndpoint } from "./endpoint.ts";
import { Flow } from "./flow.ts";
import { isForwarded } from "./forwarding.ts";
import { HostTerminal } from "./host-terminal.ts";

/** How often a terminal that nobody has open is looked at again, in milliseconds: poll(2) cannot wait for that. */
const HUNG_RETRY = 100;

/** Joins our stdio with a container's terminal. Takes the ptmx over. */
export class TerminalRelay implements Disposable {
  readonly #ptmx: Fd;
  readonly #stdin: Endpoint = openEndpoint(0, O_RDONLY);
  readonly #stdout: Endpoint = openEndpoint(1, O_WRONLY);
  readonly #host = new HostTerminal();
  readonly #input: Flow;
  readonly #output: Flow;
  #polled: readonly Flow[] = [];

  constructor(ptmx: Fd) {
    this.#ptmx = ptmx;
    this.#input = new Flow(this.#stdin.fd, { fd: ptmx.number, limit: CHUNK });
    this.#output = new Flow(ptmx.number, this.#stdout);
  }

  /** Sets the host's terminal to raw mode and the container's to its size. */
  begin(): void {
    const { number } = this.#ptmx;
    setNonBlocking(local, number);
    const modes = tryGetTermios(local, number);
    // The host's terminal still turns line feeds into new lines: the container's must not do it, too.
    if (modes !== undefined) setTermios(local, number, withoutCarriageReturns(modes));
    this.resume();
  }

  /** As after SIGCONT: the shell may have changed the terminal and its size while we were stopped. */
  resume(): void {
    this.#host.enterRaw();
    this.resize();
  }

  /** Gives the container's terminal the size of the host's (SIGWINCH). */
  resize(): void {
    const { size } = this.#host;
    if (size !== undefined) setWindowSize(local, this.#ptmx.number, size, true);
  }

  /** What to poll for now; `advance` takes the answers in the same order. */
  prepare(): Interest[] {
    this.#polled = [this.#input, this.#output].filter((flow) => flow.interest !== undefined);
    return this.#polled.flatMap(({ interest }) => interest ?? []);
  }

  /** Milliseconds after which `advance` must be called even if nothing happens. */
  get timeout(): number | undefined {
    return this.#hung ? HUNG_RETRY : undefined;
  }

  get #hung(): boolean {
    return this.#output.state === "hung" && this.#output.pending === 0;
  }

  /** Copies what can be copied without waiting. */
  advance(events: readonly number[]): void {
    if (this.#hung) this.#output.read();
    this.#polled.forEach((flow, index) => {
      if ((events[index] ?? 0) !== 0) flow.advance();
    });
  }

  /**
   * Copies what the container has left in its terminal, until the terminal is empty. Waits for a slow reader, but no
   * longer than until a signal arrives that was meant for the container: our own SIGCHLD comes just here.
   */
  finish(trap: SignalTrap): void {
    while (this.#output.pending > 0 || this.#output.read()) {
      const { interest } = this.#output;
      if (interest === undefined) return;
      const [signalled, writable] = poll(local, [{ fd: trap.descriptor, events: POLLIN }, interest]);
      if (writable !== 0) this.#output.advance();
      if (signalled !== 0 && trap.take().some(isForwarded)) return;
    }
  }

  [Symbol.dispose](): void {
    this.#host[Symbol.dispose]();
    for (const part of [this.#input, this.#output, this.#stdin, this.#stdout, this.#ptmx])
      part[Symbol.dispose]();
  }
}
