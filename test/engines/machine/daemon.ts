import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import type { EngineMachine } from "./machine.ts";

/** A daemon that runs in an engine machine. */
export class Daemon {
  readonly #machine: EngineMachine;
  readonly #child: ChildProcess;
  readonly #file: string;
  /** As the machine counts. */
  readonly pid: number;

  /** @param file where its output goes */
  constructor(machine: EngineMachine, child: ChildProcess, pid: number, file: string) {
    this.#machine = machine;
    this.#child = child;
    this.#file = file;
    this.pid = pid;
  }

  /** What it has written so far. */
  get log(): string {
    return readFileSync(this.#file, "utf8");
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Sends it a signal and waits for its end. */
  async stop(signal: "TERM" | "KILL" | "INT" = "TERM"): Promise<void> {
    const ended = new Promise((done) => this.#child.once("exit", done));
    this.#machine.run(["kill", `-${signal}`, String(this.pid)]);
    if (!this.hasEnded) await ended;
  }
}
