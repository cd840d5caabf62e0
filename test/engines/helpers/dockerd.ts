import assert from "node:assert/strict";
import { runtimeName } from "../../helpers/runtime.ts";
import { until } from "../../helpers/wait.ts";
import type { Daemon } from "../machine/daemon.ts";
import type { CommandOptions, EngineMachine, Finished } from "../machine/machine.ts";
import { busyboxRoot } from "./busybox-root.ts";

/** What Docker's configuration calls the runtime under test: it keeps the name "runc" for itself. */
export const runtimeInDocker = runtimeName === "runc" ? "the-other-runc" : runtimeName;

/** The image that every test starts from. */
export const image = "busybox";

/**
 * What stands for a container, below the parent of all containers' cgroups and elsewhere, and Docker's processes. Docker
 * itself keeps the parent of BuildKit's cgroups, a handle of the host's network, and a mount for remapped users.
 */
const leftovers = `
ls -d /sys/fs/cgroup/*/docker/*/ /run/docker/runtime-*/moby/*/ | grep -v '/docker/buildkit/$'
grep -oE ' (/run|/var/lib)/docker/[^ ]+' /proc/mounts | grep -vE '/netns/default$|docker/[0-9]+\\.[0-9]+$'
pgrep -al 'containerd|dockerd|docker-proxy|docker-init'
true`;

/**
 * dockerd in an engine machine, with the runtime under test as its default and the image `busybox`. All its places are
 * the usual ones, which are the machine's own.
 */
export class Dockerd {
  readonly machine: EngineMachine;
  readonly #env: Readonly<Record<string, string>>;
  #daemon: Daemon;

  /**
   * @param config what daemon.json says besides
   * @param env of the daemon, besides the usual
   */
  constructor(
    machine: EngineMachine,
    config: Readonly<Record<string, unknown>> = {},
    env: Readonly<Record<string, string>> = {},
  ) {
    this.machine = machine;
    this.#env = env;
    const runtimes = { [runtimeInDocker]: { path: machine.runtime } };
    const whole = { runtimes, "default-runtime": runtimeInDocker, "storage-driver": "overlay2", ...config };
    machine.write("/etc/docker/daemon.json", JSON.stringify(whole));
    this.#daemon = this.#start();
    machine.succeed(["sh", "-c", `(${busyboxRoot}) | docker import -c 'CMD ["sh"]' - ${image}`]);
  }

  #start(): Daemon {
    const daemon = this.machine.start(["dockerd"], this.#env);
    until("Docker's socket", () => {
      assert.doesNotMatch(daemon.log, /failed to start|unable to configure/);
      return daemon.log.includes("API listen on");
    });
    return daemon;
  }

  /** What the daemon has written since its last start. */
  get log(): string {
    return this.#daemon.log;
  }

  /** As the machine counts. */
  get pid(): number {
    return this.#daemon.pid;
  }

  /** Runs `docker ARGS...` to its end. */
  docker(args: readonly string[], options: CommandOptions = {}): Finished {
    return this.machine.run(["docker", ...args], options);
  }

  /** The same, and fails unless it succeeds. @returns its standard output without the last line's end */
  succeed(args: readonly string[], options: CommandOptions = {}): string {
    return this.machine.succeed(["docker", ...args], options).trimEnd();
  }

  /** A field of `docker inspect`, by a template of Go's: ".State.OOMKilled". */
  inspect(name: string, field: string): string {
    return this.succeed(["inspect", "--format", `{{${field}}}`, name]);
  }

  /** Ends the daemon, by default as its init system would, and starts it again. */
  async restart(signal: "TERM" | "KILL" = "TERM"): Promise<void> {
    await this.#daemon.stop(signal);
    this.#daemon = this.#start();
  }

  /** Removes all containers and volumes. */
  removeAll(): void {
    this.machine.succeed(["sh", "-c", "docker ps -aq | xargs -r docker rm -fv"]);
  }

  /** Removes all containers, ends the daemon, and fails if anything of the containers is left. */
  async close(): Promise<void> {
    this.removeAll();
    await this.#daemon.stop();
    const left = () => this.machine.run(["sh", "-c", leftovers]).stdout;
    try {
      until("the end of all that Docker has started", () => left() === "");
    } finally {
      assert.equal(left(), "", "left by Docker");
    }
  }
}
