import { after, type TestContext, test } from "node:test";
import { knownGap } from "../../helpers/gaps.ts";
import { runtimeName } from "../../helpers/runtime.ts";
import { until } from "../../helpers/wait.ts";
import { EngineMachine } from "../machine/machine.ts";
import type { Suite } from "../machine/tree.ts";
import { LeftoverWatch } from "./leftovers.ts";
import { image, makeUser, Podman } from "./podman.ts";

/** What a file's Podman has of its own. */
export interface Wanted {
  /** Debian's release. */
  readonly suite?: Suite;
  /** Whose Podman it is; root's without one. */
  readonly userName?: string;
}

/** A machine with Podman for one file's tests, and the tests' frame: each must leave the machine as it was. */
export class PodmanTests {
  readonly machine: EngineMachine;
  readonly podman: Podman;
  readonly #watch: LeftoverWatch;

  constructor({ suite, userName }: Wanted = {}) {
    this.machine = new EngineMachine(suite);
    after(() => this.machine.close());
    const user = userName === undefined ? undefined : makeUser(this.machine, userName);
    this.podman = new Podman(this.machine, user);
    // What the first ones leave stays: parents of cgroups, folders, an image, a user's process that holds namespaces.
    this.podman.succeed(["run", "--rm", "--volume=first:/v", image, "true"]);
    this.podman.succeed(["volume", "rm", "first"]);
    this.podman.succeed(["run", "--rm", "--pod", "new:first", image, "true"]);
    this.podman.succeed(["pod", "rm", "--force", "--time=0", "first"]);
    this.podman.removeEmptyPods();
    until("Podman's own tidying up", () => this.machine.run(["pgrep", "conmon|podman"]).status === 1);
    const runtimeDirectory = user?.runtimeDirectory ?? "/run";
    const data = user === undefined ? "/var/lib/containers" : `${user.home}/.local/share/containers`;
    this.#watch = new LeftoverWatch(this.machine, [
      `${runtimeDirectory}/${runtimeName}`,
      `${runtimeDirectory}/netns`,
      `${data}/storage/overlay-containers`,
      `${data}/storage/volumes`,
    ]);
  }

  /** A test, unless the runtime under test is known to differ. */
  it(name: string, body: (t: TestContext) => void | Promise<void>): void {
    test(name, { skip: knownGap(name) ?? false }, async (t) => {
      try {
        await body(t);
      } catch (error) {
        this.podman.clear();
        throw error;
      }
      this.#tidyUp();
      this.#watch.check();
    });
  }

  /** What Podman leaves by itself, on any runtime. */
  #tidyUp(): void {
    this.podman.removeEmptyPods();
    // A run that fails leaves its storage mounted onto itself; the next one removes that.
    if (/containers\/storage\/overlay /.test(this.machine.read("/proc/1/mounts"))) this.podman.sh("true");
  }
}
