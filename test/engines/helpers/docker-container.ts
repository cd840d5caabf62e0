import { until } from "../../helpers/wait.ts";
import type { CommandOptions, Finished } from "../machine/machine.ts";
import { type Dockerd, image } from "./dockerd.ts";

/** A container without a network, which Docker takes most of its time to make. */
export const offline = ["--network", "none"] as const;

/** A program that stays until it is killed: the first process of a pid namespace has no default handlers. */
export const forever = ["sleep", "1000"] as const;

/** A container in the background, removed at the end of its scope. */
export class Container implements Disposable {
  readonly id: string;
  readonly #dockerd: Dockerd;

  /** @param args of `docker run --detach`: options, the image, a command */
  constructor(dockerd: Dockerd, args: readonly string[]) {
    this.#dockerd = dockerd;
    this.id = dockerd.succeed(["run", "--detach", ...args]);
  }

  /** One of `busybox` without a network that does nothing. */
  static idle(dockerd: Dockerd, options: readonly string[] = []): Container {
    return new Container(dockerd, [...offline, ...options, image, ...forever]);
  }

  /** Runs a command in it, which must succeed. @returns its standard output */
  exec(...command: readonly string[]): string {
    return this.#dockerd.succeed(["exec", this.id, ...command]);
  }

  /** Waits until its standard output has this. */
  says(text: string): void {
    until(`${text} in the log`, () => this.#dockerd.succeed(["logs", this.id]).includes(text));
  }

  /** Fields of `docker inspect`, as ".State.Pid", with spaces between them. */
  inspect(...fields: readonly string[]): string {
    return this.#dockerd.inspect(this.id, fields.join("}} {{"));
  }

  /** Makes a file in it from outside: an `exec` may be killed with a program that ends at the file's sight. */
  touch(path: string): void {
    this.#dockerd.machine.succeed(["touch", `/proc/${this.inspect(".State.Pid")}/root${path}`]);
  }

  /** A file of its cgroup, as the machine sees it. */
  cgroupFile(controller: string, file: string): string {
    return this.#dockerd.machine.read(`/sys/fs/cgroup/${controller}/docker/${this.id}/${file}`).trim();
  }

  [Symbol.dispose](): void {
    this.#dockerd.succeed(["rm", "--force", "--volumes", this.id]);
  }
}

/** Runs a command in a container of `busybox` without a network, which is removed. */
export function runOnce(
  dockerd: Dockerd,
  options: readonly string[],
  command: readonly string[],
  how: CommandOptions = {},
): Finished {
  return dockerd.docker(["run", "--rm", ...offline, ...options, image, ...command], how);
}

/** The same; it must succeed. @returns its standard output without the last line's end */
export function outputOf(dockerd: Dockerd, options: readonly string[], command: readonly string[]): string {
  return dockerd.succeed(["run", "--rm", ...offline, ...options, image, ...command]);
}
