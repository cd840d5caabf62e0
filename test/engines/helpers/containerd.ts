import assert from "node:assert/strict";
import { join } from "node:path";
import { until } from "../../helpers/wait.ts";
import type { Daemon } from "../machine/daemon.ts";
import type { CommandOptions, EngineMachine, Finished } from "../machine/machine.ts";
import { busyboxImage, makeBusyboxImage } from "./busybox-image.ts";

/** How containerd is configured. */
export interface ContainerdOptions {
  /** What its configuration has besides its places (TOML), by the runtime under test's path. */
  readonly config?: (runtime: string) => string;
  /** Of containerd's: "k8s.io" is the CRI plugin's. */
  readonly namespace?: string;
  /** Folders besides in which containers have something of their own while they live. */
  readonly folders?: readonly string[];
}

const root = "/var/lib/containerd-of-tests";
/** Where containerd keeps what lives as long as the machine. */
export const state = "/run/containerd-of-tests";

/** containerd in an engine machine, with places of its own and an image of busybox. */
export class Containerd {
  readonly machine: EngineMachine;
  /** containerd's, in which `ctr` works. */
  readonly namespace: string;
  /** In the machine. */
  readonly socket = `${state}/containerd.sock`;
  /** Where containers have something of their own while they live. */
  readonly folders: readonly string[];
  #daemon: Daemon;

  constructor(machine: EngineMachine, options: ContainerdOptions = {}) {
    this.machine = machine;
    this.namespace = options.namespace ?? "default";
    this.folders = [
      `/run/containerd/runc/${this.namespace}`,
      `${state}/io.containerd.runtime.v2.task/${this.namespace}`,
      "/tmp",
      ...(options.folders ?? []),
    ];
    machine.write("/etc/containerd-of-tests.toml", this.#config(options.config?.(machine.runtime) ?? ""));
    this.#daemon = this.#start();
    this.importImage(busyboxImage, ["sh"]);
  }

  /** Whether a container has anything left where containers have something while they live. */
  hasFiles(id: string): boolean {
    const places = this.folders.map((folder) => `${folder}/${id}`);
    return places.some((place) => this.machine.run(["test", "-e", place]).status === 0);
  }

  /** Gives it an image of busybox. @param command of containers that name none */
  importImage(name: string, command: readonly string[]): void {
    makeBusyboxImage(this.machine, "/tmp/busybox.tar", name, command);
    this.succeed(["image", "import", "/tmp/busybox.tar"]);
    this.machine.succeed(["rm", "/tmp/busybox.tar"]);
  }

  #config(more: string): string {
    return `version = 2
root = "${root}"
state = "${state}"
[grpc]
  address = "${this.socket}"
${more}`;
  }

  #start(): Daemon {
    const daemon = this.machine.start(["containerd", "--config", "/etc/containerd-of-tests.toml"]);
    until("containerd's start", () => {
      assert.equal(daemon.hasEnded, false, daemon.log);
      return daemon.log.includes("successfully booted");
    });
    return daemon;
  }

  /** A path in the machine of its socket, for a client outside. */
  get socketOutside(): string {
    return join(this.machine.root, this.socket);
  }

  /** What the daemon has written since its last start. */
  get log(): string {
    return this.#daemon.log;
  }

  #command(args: readonly string[]): string[] {
    return ["ctr", "--address", this.socket, "--namespace", this.namespace, ...args];
  }

  /** Runs `ctr ARGS...` to its end. */
  ctr(args: readonly string[], options: CommandOptions = {}): Finished {
    return this.machine.run(this.#command(args), options);
  }

  /** The same, and fails unless it succeeds. @returns its standard output */
  succeed(args: readonly string[], options: CommandOptions = {}): string {
    return this.machine.succeed(this.#command(args), options);
  }

  /** The same with a terminal. @returns its status, and all that the terminal shows */
  inTerminal(args: readonly string[], options: CommandOptions = {}): Finished {
    const command = this.#command(args).map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    return this.machine.run(
      ["script", "--quiet", "--return", "--command", command.join(" "), "/dev/null"],
      options,
    );
  }

  /** Runs `ctr run` with the runtime under test. */
  runContainer(
    flags: readonly string[],
    id: string,
    args: readonly string[],
    options: CommandOptions = {},
  ): Finished {
    return this.ctr([...this.runFlags(flags), busyboxImage, id, ...args], options);
  }

  /** What starts a container by the runtime under test: what follows is an image, an id and a command. */
  runFlags(flags: readonly string[]): string[] {
    return ["run", "--runc-binary", this.machine.runtime, ...flags];
  }

  /** Starts a container, whose streams go nowhere. */
  startContainer(id: string, args: readonly string[], flags: readonly string[] = []): void {
    const { status, stderr } = this.runContainer(["--detach", "--null-io", ...flags], id, args);
    assert.equal(status, 0, stderr);
  }

  /** Runs a script in a container that is removed after it. */
  once(flags: readonly string[], script: string): Finished {
    return this.runContainer(["--rm", ...flags], "once", ["sh", "-c", script]);
  }

  /** Gives `body` a container that does nothing. */
  async withContainer(flags: readonly string[], body: (id: string) => void | Promise<void>): Promise<void> {
    this.startContainer("container", ["sleep", "1000"], flags);
    await body("container");
    this.remove("container");
  }

  /** Runs a script in a container that runs. */
  exec(id: string, flags: readonly string[], script: string, input = ""): Finished {
    return this.ctr(["task", "exec", "--exec-id", "exec", ...flags, id, "sh", "-c", script], { input });
  }

  /** Sends a signal. */
  kill(id: string, signal: string, ...flags: string[]): Finished {
    return this.ctr(["task", "kill", "--signal", signal, ...flags, id]);
  }

  /** A file of a container's cgroup, as the machine sees it. */
  cgroupFile(controller: string, id: string, name: string): string {
    return this.machine
      .succeed(["cat", `/sys/fs/cgroup/${controller}/${this.namespace}/${id}/${name}`])
      .trim();
  }

  /** What containerd calls a container's status: "RUNNING"; undefined where it has no process. */
  status(id: string): string | undefined {
    const lines = this.succeed(["task", "ls"])
      .split("\n")
      .map((line) => line.split(/\s+/));
    return lines.find(([name]) => name === id)?.[2];
  }

  /** The number of a container's first process in the machine. */
  pid(id: string): number {
    const lines = this.succeed(["task", "ls"])
      .split("\n")
      .map((line) => line.split(/\s+/));
    return Number(lines.find(([name]) => name === id)?.[1]);
  }

  /** Waits until a container has a status. */
  waitFor(id: string, status: string): void {
    until(`${id} is ${status}`, () => this.status(id) === status);
  }

  /** Removes a container whose process has ended. @returns the exit status that containerd tells */
  removeStopped(id: string): number {
    const { stderr } = this.ctr(["task", "rm", id]);
    this.succeed(["container", "rm", id]);
    return Number(/non-zero exit code (\d+)/.exec(stderr)?.[1] ?? 0);
  }

  /** Kills a container's processes and removes it. */
  remove(id: string): void {
    this.succeed(["task", "kill", "--signal", "KILL", "--all", id]);
    this.waitFor(id, "STOPPED");
    this.removeStopped(id);
  }

  /** Removes whatever a test that failed has left. */
  removeAll(): void {
    for (const id of this.succeed(["container", "ls", "--quiet"]).split("\n").filter(Boolean)) {
      this.ctr(["task", "rm", "--force", id]);
      this.ctr(["container", "rm", id]);
    }
  }

  /** Ends the daemon and starts it again; what happens between is up to the caller. */
  async restart(signal: "TERM" | "KILL" = "TERM", between: () => void = () => {}): Promise<void> {
    await this.#daemon.stop(signal);
    between();
    this.#daemon = this.#start();
  }

  /** Ends the daemon. */
  async close(): Promise<void> {
    await this.#daemon.stop();
  }
}
