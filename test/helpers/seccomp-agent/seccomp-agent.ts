import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import type { Seccomp } from "../config.ts";
import { until } from "../wait.ts";

/** Builds a program of this folder and returns its path. */
function build(name: string): string {
  const tool = resolve(`build/seccomp-${name}`);
  const draft = `${tool}.${process.pid}`;
  mkdirSync("build", { recursive: true });
  const source = `test/helpers/seccomp-agent/${name}.c`;
  execFileSync("gcc", ["-O1", "-Wall", "-Wextra", "-Werror", "-o", draft, source]);
  renameSync(draft, tool);
  return tool;
}

/** What executes its arguments under a filter that has a listener already (listened.c). */
export function underListener(): string[] {
  return [build("listened")];
}

let built: string | undefined;

/** What the agent was sent (runtime-spec, config-linux.md, "The Container Process State"). */
export interface ProcessState {
  ociVersion: string;
  fds: string[];
  pid: number;
  metadata?: string;
  state: { ociVersion: string; id: string; status: string; pid: number; bundle: string };
}

/** A seccomp agent of its own process (agent.c), until it is disposed of. */
export class SeccompAgent implements Disposable {
  readonly path: string;
  readonly #log: string;
  readonly #child: ChildProcess;

  /** @param answers `mkdir=errno:13`, `mkdir=value:0`, `mkdir=die`; what they don't name goes on */
  constructor(directory: string, ...answers: string[]) {
    built ??= build("agent");
    this.path = `${directory}/agent.sock`;
    this.#log = `${directory}/agent.log`;
    rmSync(this.path, { force: true });
    this.#child = spawn(built, [this.path, this.#log, ...answers], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    until("the agent to listen", () => existsSync(this.path));
  }

  /** What has happened, a line each. */
  get log(): string[] {
    return readFileSync(this.#log, "utf8").split("\n").filter(Boolean);
  }

  /** The names of the calls that it was asked about. */
  get asked(): string[] {
    return this.log.flatMap((line) => /^call (\S+)/.exec(line)?.[1] ?? []);
  }

  /** Waits for a line. */
  until(line: RegExp): string {
    return until(`the agent to say ${line}`, () => this.log.find((each) => line.test(each)));
  }

  /** The message that came first. */
  state(): ProcessState {
    return JSON.parse(this.until(/^state /).slice("state ".length)) as ProcessState;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  [Symbol.dispose](): void {
    this.kill();
  }
}

/** A profile that asks the agent about these calls. */
export function asking(agent: { readonly path: string }, names: readonly string[]): Seccomp {
  return {
    defaultAction: "SCMP_ACT_ALLOW",
    listenerPath: agent.path,
    syscalls: [{ names: [...names], action: "SCMP_ACT_NOTIFY" }],
  };
}
