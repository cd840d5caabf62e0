// A mount namespace with complete cgroup hierarchies, and what programs leave in them.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";

/** The cgroups that validation programs ask for by name. */
export const namedCgroups = /\/(cgrouptest|testdir)(\/|$)/;

/** A container that asks for no cgroup has one named after its id, and the programs' ids are UUIDs. */
export const unnamedCgroups = /\/[^/]*[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}[^/]*(\/|$)/;

/** Deeper than a session's own cgroup under systemd, below which a runtime may put containers. */
const depth = 9;

/** Processes in a view see all v1 hierarchies; it ends with `close`. */
export class CgroupView {
  readonly #holder: ChildProcess;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
  }

  /** @throws when unshare(1) is refused (not root) */
  static async open(): Promise<CgroupView> {
    const command = ["--mount", "--propagation", "private", "sh", "test/conformance/cgroup-view.sh"];
    const holder = spawn("unshare", command, { stdio: ["pipe", "pipe", "inherit"] });
    const first = await Promise.race([once(holder, "exit"), once(holder.stdout, "data")]);
    if (!String(first[0]).startsWith("ready")) {
      throw new Error("cannot make a mount namespace for the conformance run: is this root?");
    }
    return new CgroupView(holder);
  }

  /** A path that nsenter(1) takes to run something in this view. */
  get mountNamespace(): string {
    return `/proc/${this.#holder.pid}/ns/mnt`;
  }

  /** The cgroups whose path (as the host names it) fits; children come before their parents. */
  listCgroups(path: RegExp): string[] {
    return listFolders(this.#root, "/sys/fs/cgroup", depth).filter((name) => path.test(name));
  }

  /**
   * Removes cgroups in the order given; those that are gone or still in use are passed over.
   *
   * @throws when root may not remove one
   */
  removeCgroups(paths: readonly string[]): void {
    for (const path of paths) {
      try {
        rmdirSync(join(this.#root, path));
      } catch (error) {
        if (
          !(error instanceof Error && "code" in error && ["ENOENT", "EBUSY"].includes(String(error.code)))
        ) {
          throw error;
        }
      }
    }
  }

  get #root(): string {
    return `/proc/${this.#holder.pid}/root`;
  }

  /** Ends the view, and with it what was mounted for it. */
  async close(): Promise<void> {
    const ended = once(this.#holder, "exit");
    this.#holder.stdin?.end();
    await ended;
  }
}

/** All folders below one, seen through `root`, deepest first; those that vanish meanwhile are left out. */
function listFolders(root: string, folder: string, levels: number): string[] {
  if (levels === 0) {
    return [];
  }
  try {
    const entries = readdirSync(join(root, folder), { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .flatMap(({ name }) => {
        const path = join(folder, name);
        return [...listFolders(root, path, levels - 1), path];
      });
  } catch {
    return [];
  }
}
