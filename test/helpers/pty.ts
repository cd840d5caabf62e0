import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { Fd } from "../../src/sys/fd.ts";
import { AT_FDCWD, O_NOCTTY, O_RDWR, openat } from "../../src/sys/files.ts";
import { local } from "../../src/sys/local.ts";
import { setNonBlocking } from "../../src/sys/pipe.ts";
import {
  openPtyPeer,
  setWindowSize,
  type Termios,
  tryGetTermios,
  tryGetWindowSize,
  unlockPty,
  type WindowSize,
} from "../../src/sys/tty.ts";
import { patience } from "./wait.ts";

const CHUNK = 65536;
const INTERVAL = 5;

/** A new pseudoterminal: the end that a user or an engine holds, and the one that is a process's terminal. */
export function openPty(): { ptmx: Fd; peer: Fd } {
  const ptmx = openat(local, AT_FDCWD, "/dev/ptmx", O_RDWR | O_NOCTTY);
  unlockPty(local, ptmx.number);
  return { ptmx, peer: openPtyPeer(local, ptmx.number) };
}

/** The user's side of a terminal: what it shows, as text, and what is typed into it. */
export class Screen implements Disposable {
  readonly #ptmx: Fd;
  #text = "";

  constructor(ptmx: Fd) {
    this.#ptmx = ptmx;
    setNonBlocking(local, ptmx.number);
  }

  /** Everything that has been shown so far. */
  get text(): string {
    const buffer = local.memory.alloc(CHUNK);
    const count = local.attempt({ name: "read", args: [this.#ptmx.number, buffer, CHUNK] });
    if (count <= 0) return this.#text;
    this.#text += Buffer.from(local.memory.read(buffer, count)).toString("latin1");
    return this.text;
  }

  /** Types `text`. */
  type(text: string): void {
    const data = Buffer.from(text);
    local.call({ name: "write", args: [this.#ptmx.number, local.memory.data(data), data.length] });
  }

  /** Waits until something is shown; what stands before the match is kept in `text`. */
  async shows(pattern: RegExp): Promise<RegExpExecArray> {
    for (const deadline = Date.now() + patience; Date.now() < deadline; await sleep(INTERVAL)) {
      const match = pattern.exec(this.text);
      if (match !== null) return match;
    }
    throw new Error(`the terminal never showed ${pattern}: ${JSON.stringify(this.#text)}`);
  }

  resize(size: WindowSize): void {
    setWindowSize(local, this.#ptmx.number, size);
  }

  get size(): WindowSize | undefined {
    return tryGetWindowSize(local, this.#ptmx.number);
  }

  /** The modes of the terminal, as a process at its other end sees them. */
  get modes(): Termios | undefined {
    return tryGetTermios(local, this.#ptmx.number);
  }

  /** Hangs the terminal up. */
  [Symbol.dispose](): void {
    this.#ptmx[Symbol.dispose]();
  }
}

/** Which of the standard streams are the terminal; the others are given as descriptors. */
export interface Streams {
  readonly stdin?: number;
  readonly stdout?: number;
}

/** A command whose controlling terminal, and stdio where not said otherwise, is a new pseudoterminal. */
export class PtyProcess implements Disposable {
  readonly screen: Screen;
  readonly child: ChildProcess;
  /** Its exit status; -1 when a signal ended it. */
  readonly ended: Promise<number>;
  readonly #peer: Fd;
  readonly #hang: NodeJS.Timeout;

  constructor(command: readonly string[], env: NodeJS.ProcessEnv, streams: Streams = {}) {
    const { ptmx, peer } = openPty();
    this.screen = new Screen(ptmx);
    this.#peer = peer;
    this.screen.resize({ rows: 24, columns: 80 });
    // setsid -c makes its stdin the controlling terminal: the streams that are not it are set afterwards.
    const redirect = `exec "$@" <&${streams.stdin === undefined ? 0 : 3} >&${streams.stdout === undefined ? 1 : 4}`;
    const close = "3<&- 4>&-";
    this.child = spawn("setsid", ["-c", "sh", "-c", `${redirect} ${close}`, "sh", ...command], {
      env: { PATH: process.env["PATH"], ...env },
      stdio: [peer.number, peer.number, peer.number, streams.stdin ?? "ignore", streams.stdout ?? "ignore"],
    });
    this.#hang = setTimeout(() => this.child.kill("SIGKILL"), patience);
    this.ended = new Promise((done, failed) => {
      this.child.once("error", failed);
      this.child.once("exit", (status) => {
        clearTimeout(this.#hang);
        done(status ?? -1);
      });
    });
  }

  /** Its process id: setsid(1) and sh execute the command in their own place. */
  get pid(): number {
    if (this.child.pid === undefined) throw new Error("setsid (Debian: util-linux) could not be started");
    return this.child.pid;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#hang);
    this.screen[Symbol.dispose]();
    this.#peer[Symbol.dispose]();
  }
}
