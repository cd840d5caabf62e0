import { messageOf } from "../base/errors.ts";
import { log } from "../base/log.ts";
import { setUmask } from "../sys/credentials.ts";
import type { Fd } from "../sys/fd.ts";
import { removeFile } from "../sys/host-directories.ts";
import { local } from "../sys/local.ts";
import { pipe } from "../sys/pipe.ts";
import { type Interest, POLLIN, poll } from "../sys/poll.ts";
import {
  bindDatagrams,
  connectDatagrams,
  receiveDatagram,
  sendDatagram,
  sendDescriptor,
} from "../sys/socket.ts";

/** What ends a line for systemd (its NEWLINE): a line that is passed on must be one there, too. */
const LINE_END = /[\n\r]/;
/** Messages that are read at once: a program that ends may have left some before the one that counts. */
const BURST = 64;
/** How long systemd has to take note, in milliseconds. */
const BARRIER_MS = 30_000;
/** How long a send may wait for it, in seconds. */
const PATIENCE = 10;

/**
 * Stands between the container's program and whoever waits for it to be ready (sd_notify(3)). Of what the program says
 * only READY is passed on, and who the main process is, as systemd counts: the program cannot speak for the unit
 * otherwise. Then a barrier: the waiting one has taken note of both once it has closed a pipe that we send it
 * (sd_notify_barrier(3)). That ends it, and the program's socket with it.
 */
export class NotifyProxy implements Disposable {
  readonly #mainProcess: number;
  readonly #host: Fd;
  #program: Fd | undefined;
  #barrier: Fd | undefined;
  #deadline = 0;

  /**
   * @param host $NOTIFY_SOCKET: a path, or a name of the abstract namespace after "@"
   * @param path where the program's socket is made
   * @param mainProcess whose end is the unit's: the program, or this process while it stays
   * @throws SyscallError when nobody listens at `host`
   */
  constructor(host: string, path: string, mainProcess: number) {
    this.#mainProcess = mainProcess;
    this.#host = connectDatagrams(local, host, PATIENCE);
    try {
      // Left by a start that failed.
      removeFile(path);
      this.#program = bindForAll(path);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** Waits until the program is ready and systemd knows it, or until it has ended. @param pidfd the program's */
  wait(pidfd: number): void {
    for (let ended = 0; ended === 0 && this.#program !== undefined; ) {
      const events = poll(local, [...this.prepare(), { fd: pidfd, events: POLLIN }]);
      // First what it said last.
      this.advance(events);
      ended = events.at(-1) ?? 0;
    }
    this.finish();
  }

  /** Waits until systemd has taken note, where it has been told that the program is ready. */
  finish(): void {
    while (this.#barrier !== undefined) this.advance(poll(local, this.prepare(), this.timeout));
  }

  /** What to poll for now; `advance` takes the answer. */
  prepare(): Interest[] {
    const source = this.#barrier ?? this.#program;
    return source === undefined ? [] : [{ fd: source.number, events: POLLIN }];
  }

  /** Milliseconds after which `advance` must be called even if nothing happens. */
  get timeout(): number | undefined {
    return this.#barrier === undefined
      ? undefined
      : Math.max(0, Math.ceil(this.#deadline - performance.now()));
  }

  /** Does what can be done without waiting. The container runs, whatever becomes of this: a failure is a warning. */
  advance([event = 0]: readonly number[]): void {
    try {
      if (this.#barrier !== undefined) this.#watchBarrier(event !== 0);
      else if (event !== 0) this.#listen();
    } catch (error) {
      log.warn(`telling the socket of NOTIFY_SOCKET that the container is ready: ${messageOf(error)}`);
      this.#end();
    }
  }

  #listen(): void {
    for (let count = 0; count < BURST && this.#program !== undefined; count++) {
      const message = receiveDatagram(local, this.#program.number);
      if (message === undefined) return;
      const ready = message.split(LINE_END).find((line) => line.startsWith("READY="));
      if (ready !== undefined) this.#tell(ready);
    }
  }

  #tell(ready: string): void {
    const { number } = this.#host;
    sendDatagram(local, number, `${ready}\n`);
    sendDatagram(local, number, `MAINPID=${this.#mainProcess}\n`);
    const { read, write } = pipe(local);
    this.#barrier = read;
    this.#deadline = performance.now() + BARRIER_MS;
    using _ = write;
    sendDescriptor(local, number, write.number, "BARRIER=1");
    this.#closeProgram();
  }

  #watchBarrier(closed: boolean): void {
    if (!closed && this.timeout !== 0) return;
    if (!closed) log.warn(`the socket of NOTIFY_SOCKET has not taken note within ${BARRIER_MS / 1000} s`);
    this.#end();
  }

  /** Who speaks on finds nobody, and is not held up. */
  #closeProgram(): void {
    this.#program?.[Symbol.dispose]();
    this.#program = undefined;
  }

  #end(): void {
    this.#closeProgram();
    this.#barrier?.[Symbol.dispose]();
    this.#barrier = undefined;
  }

  [Symbol.dispose](): void {
    this.#end();
    this.#host[Symbol.dispose]();
  }
}

/** The container's users are others than ours. The mode comes with the file: a chmod(2) of its path would follow a link. */
function bindForAll(path: string): Fd {
  const mask = local.call({ name: "umask", args: [0] });
  try {
    return bindDatagrams(local, path);
  } finally {
    setUmask(local, mask);
  }
}
