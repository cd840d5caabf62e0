import { TsrunError } from "../base/errors.ts";
import { log } from "../base/log.ts";
import { errnoText } from "../sys/errno.ts";
import type { Fd } from "../sys/fd.ts";
import { local } from "../sys/local.ts";
import { type Interest, POLLIN, poll } from "../sys/poll.ts";
import { SignalTrap } from "../sys/signal-trap.ts";
import { isErrno } from "../sys/syscall-error.ts";
import { becomeSubreaper, reapOne, tryPidfdSendSignal, waitForEnd } from "../sys/wait.ts";
import { isForwarded, SIGCHLD, SIGCONT, SIGWINCH, trapped } from "./forwarding.ts";
import { TerminalRelay } from "./terminal-relay.ts";

const ESRCH = 3;

/** A container's process, or one executed in it, that this process waits for. */
export interface ForegroundProcess {
  readonly pid: number;
  readonly pidfd: number;
}

/** What is looked after while the container runs. */
export interface Attendant {
  /** What to poll for now; `advance` takes the answers in the same order. */
  prepare(): readonly Interest[];
  /** Milliseconds after which `advance` must be called even if nothing happens. */
  readonly timeout: number | undefined;
  advance(events: readonly number[]): void;
}

/**
 * A runtime that stays until its container ends. It is begun before the container is created, so that no signal is lost
 * on the way: those that come before `relay` are forwarded by it.
 */
export class Foreground implements Disposable {
  readonly #trap: SignalTrap;
  #terminal: TerminalRelay | undefined;

  /** @param subreaper whether orphans of the container become our children, to be reaped (not with `--no-subreaper`) */
  constructor(subreaper: boolean) {
    if (subreaper) becomeSubreaper(local);
    this.#trap = new SignalTrap(trapped);
  }

  /**
   * Joins our stdio with the container's terminal, which is taken over; before the start, so that its size is right from
   * the first instruction on. Without a terminal the container has our stdio itself.
   */
  attach(ptmx: Fd): void {
    this.#terminal = new TerminalRelay(ptmx);
    this.#terminal.begin();
  }

  /**
   * Forwards signals, relays the terminal and reaps children until the process ends. An end before the call is not
   * missed: a pidfd stays readable.
   * @param attendant something else to look after
   * @returns its exit status, or 128 + the signal that killed it
   */
  relay(process: ForegroundProcess, attendant?: Attendant): number {
    const terminal = this.#terminal;
    const attendants = [terminal, attendant].filter((part) => part !== undefined);
    let status: number | undefined;
    while (status === undefined) {
      const own = [this.#trap.descriptor, process.pidfd].map((fd) => ({ fd, events: POLLIN }));
      const [signalled, ended] = attend(own, attendants);
      const signals = signalled === 0 ? [] : this.#trap.take();
      for (const signal of signals) react(signal, process.pidfd, terminal);
      if (signals.includes(SIGCHLD) || ended !== 0) status = reap(process.pid);
      if (ended !== 0) status ??= waitForOwn(process);
    }
    terminal?.finish(this.#trap);
    return status;
  }

  /** Restores the host's terminal and the signals' actions. */
  [Symbol.dispose](): void {
    this.#terminal?.[Symbol.dispose]();
    this.#trap[Symbol.dispose]();
  }
}

/** Waits for what this loop and its attendants wait for, and has those do their part. @returns the loop's own events */
function attend(own: readonly Interest[], attendants: readonly Attendant[]): number[] {
  const wanted = attendants.map((attendant) => ({ attendant, interests: attendant.prepare() }));
  const timeouts = attendants.flatMap(({ timeout }) => timeout ?? []);
  const interests = [...own, ...wanted.flatMap((entry) => entry.interests)];
  const events = poll(local, interests, timeouts.length === 0 ? undefined : Math.min(...timeouts));
  let place = own.length;
  for (const entry of wanted) {
    entry.attendant.advance(events.slice(place, place + entry.interests.length));
    place += entry.interests.length;
  }
  return events.slice(0, own.length);
}

function react(signal: number, pidfd: number, terminal: TerminalRelay | undefined): void {
  if (signal === SIGWINCH) terminal?.resize();
  if (signal === SIGCONT) terminal?.resume();
  if (!isForwarded(signal)) return;
  log.debug(`forwarding signal ${signal}`);
  const result = tryPidfdSendSignal(local, pidfd, signal);
  if (result < 0 && result !== -ESRCH) log.warn(`forwarding signal ${signal}: ${errnoText(-result)}`);
}

/** Reaps every child that has ended; the status of `pid` if it is among them. */
function reap(pid: number): number | undefined {
  let status: number | undefined;
  for (let ended = reapOne(local); ended !== undefined; ended = reapOne(local)) {
    log.debug(`process ${ended.pid} ended with status ${ended.status}`);
    if (ended.pid === pid) ({ status } = ended);
  }
  return status;
}

/** The status of a process that has ended and was not to be reaped yet: its tracer comes first (ptrace(2)). */
function waitForOwn({ pid, pidfd }: ForegroundProcess): number {
  try {
    const end = waitForEnd(local, pidfd);
    return "signal" in end ? 128 + end.signal : end.status;
  } catch (cause) {
    if (!isErrno(cause, "ECHILD")) throw cause;
    throw new TsrunError(`the exit status of process ${pid} went to somebody else`, { cause });
  }
}
