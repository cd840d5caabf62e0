import assert from "node:assert/strict";
import { basename } from "node:path";
import { patience, until } from "../../helpers/wait.ts";
import type { CommandOptions, EngineMachine, Finished } from "../machine/machine.ts";
import { busyboxRoot } from "./busybox-root.ts";

/** The image that every test starts from: busybox, whose containers Podman stops with SIGKILL. */
export const image = "localhost/busybox";

const environment = { PODMAN_IGNORE_CGROUPSV1_WARNING: "1", TERM: "xterm" };

/** What a terminal has shown of a command. */
export interface Shown {
  readonly status: number | null;
  readonly text: string;
}

/** A shell's script on such a terminal. Podman sets the size only once the program runs. */
export const showSize = "until stty size 2>/dev/null | grep -q 33.99; do sleep 0.1; done; tty; stty size";

/** An ordinary user of a machine. */
export interface User {
  readonly name: string;
  readonly home: string;
  /** XDG_RUNTIME_DIR. */
  readonly runtimeDirectory: string;
}

/** Podman in an engine machine, with the runtime under test by the lines of containers.conf that README shows. */
export class Podman {
  readonly machine: EngineMachine;
  readonly #user: User | undefined;

  /** @param user whose Podman it is; root's without one */
  constructor(machine: EngineMachine, user?: User) {
    this.machine = machine;
    this.#user = user;
    machine.write("/etc/containers/containers.conf", configuration(machine));
    this.#makeImage();
  }

  #makeImage(): void {
    const archive = "/var/tmp/busybox.tar";
    this.machine.succeed(["sh", "-c", `(${busyboxRoot}) >${archive}`]);
    const changes = ["ENV PATH=/bin", 'CMD ["sh"]', "STOPSIGNAL KILL"].map((change) => `--change=${change}`);
    this.succeed(["import", "--quiet", ...changes, archive, image]);
  }

  /** Builds an image of a Containerfile's text. @returns what the steps have written */
  build(name: string, steps: string, ...flags: readonly string[]): string {
    this.machine.write("/var/tmp/build/Containerfile", steps);
    return this.succeed(["build", "--quiet", ...flags, "--tag", name, "/var/tmp/build"]);
  }

  /** The command line that is run in the machine. */
  #command(command: readonly string[]): readonly string[] {
    if (this.#user === undefined) return command;
    const { name, home, runtimeDirectory } = this.#user;
    const env = [`HOME=${home}`, `USER=${name}`, `XDG_RUNTIME_DIR=${runtimeDirectory}`];
    const drop = ["setpriv", `--reuid=${name}`, `--regid=${name}`, "--init-groups", "--"];
    return [...drop, "env", `--chdir=${home}`, ...env, ...command];
  }

  /** Runs any command as Podman's user. */
  inMachine(command: readonly string[], options: CommandOptions = {}): Finished {
    const env = { ...environment, ...options.env };
    return this.machine.run(this.#command(command), { ...options, env });
  }

  /** Runs a command of Podman's. */
  podman(args: readonly string[], options?: CommandOptions): Finished {
    return this.inMachine(["podman", ...args], options);
  }

  /** The same, and fails unless it succeeds. @returns standard output without its last line's end */
  succeed(args: readonly string[], options?: CommandOptions): string {
    const { status, stdout, stderr } = this.podman(args, options);
    assert.equal(status, 0, `podman ${args.join(" ")}: ${stderr}`);
    return stdout.trimEnd();
  }

  /** The same for one that has to fail. @returns standard error */
  fail(args: readonly string[], status: number): string {
    const done = this.podman(args);
    assert.equal(done.status, status, `podman ${args.join(" ")}: ${done.stdout}${done.stderr}`);
    return done.stderr;
  }

  /** What a container that is removed at once prints. @param args flags, then "sh -c" of `script` in the usual image */
  sh(script: string, ...flags: readonly string[]): string {
    return this.succeed(["run", "--rm", ...flags, image, "sh", "-c", script]);
  }

  /** A field of what `inspect` tells, as its template (Go's) says. */
  inspect(name: string, template: string): string {
    return this.succeed(["inspect", "--format", `{{${template}}}`, name]);
  }

  /** Runs a command of Podman's on a terminal of 33 lines and 99 columns, and types `input`. */
  async onTerminal(args: readonly string[], input = ""): Promise<Shown> {
    const quoted = args.map((arg) => `'${arg}'`).join(" ");
    const script = `stty rows 33 cols 99; exec podman ${quoted}`;
    const command = ["timeout", "60", "script", "--quiet", "--return", "--command", script, "/dev/null"];
    const child = this.machine.spawn(this.#command(command), environment);
    // Left open until the end: script(1) would pass its end on to Podman, which may stop listening then.
    child.stdin?.write(input);
    let text = "";
    child.stdout?.on("data", (chunk) => {
      text += chunk;
    });
    return new Promise((done) => child.once("close", (status) => done({ status, text })));
  }

  /** Waits until a container has written a line that matches. @returns all that it has written */
  waitForLog(name: string, line: RegExp): string {
    return until(`${line} of ${name}`, () => {
      const { stdout } = this.podman(["logs", name]);
      return line.test(stdout) ? stdout : undefined;
    });
  }

  /** What a server in the machine's network answers, once it does. */
  get(url: string): string {
    return until(
      url,
      () => {
        const { status, stdout } = this.machine.run(["busybox", "wget", "-q", "-O-", url]);
        return status === 0 ? stdout : undefined;
      },
      patience,
    );
  }

  /** Removes every container, pod, network and volume. */
  clear(): void {
    for (const what of ["pod", "container"]) this.podman([what, "rm", "--all", "--force", "--time=0"]);
    for (const what of ["network", "volume"]) this.podman([what, "prune", "--force"]);
  }

  /**
   * Removes the empty cgroups of pods that are gone. Podman leaves them in the hierarchies that have no controller, on any
   * runtime.
   */
  removeEmptyPods(): void {
    const pods = `/sys/fs/cgroup/*/libpod_parent/${"[0-9a-f]".repeat(64)}`;
    this.machine.run(["sh", "-c", `rmdir ${pods}`]);
  }
}

/**
 * Without the limits of resources that Podman raises by itself: nobody may here (CAP_SYS_RESOURCE). Without systemd there
 * is neither its cgroup manager nor its journal.
 */
function configuration({ runtime }: EngineMachine): string {
  const name = basename(runtime);
  return `[containers]
default_ulimits = []

[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "${name}"
runtime_supports_json = ["crun", "runc", "tsrun"]

[engine.runtimes]
${name} = ["${runtime}"]
`;
}

/** Makes a user who has a range of ids besides the own one (subuid(5)); the home is on a file system that bears overlays. */
export function makeUser(machine: EngineMachine, name: string): User {
  const home = `/var/lib/${name}`;
  // For a network, Podman 4 mounts over this folder, or over the next one above it that is there.
  machine.succeed(["mkdir", "-p", "/var/lib/cni"]);
  machine.succeed(["useradd", "--create-home", "--home-dir", home, name]);
  const uid = machine.succeed(["id", "--user", name]).trim();
  const runtimeDirectory = `/run/user/${uid}`;
  machine.succeed(["install", "-d", "-m", "755", "/run/user"]);
  machine.succeed(["install", "-d", "-m", "700", "-o", name, "-g", name, runtimeDirectory]);
  return { name, home, runtimeDirectory };
}
