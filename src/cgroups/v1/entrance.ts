import type { Executor } from "../../sys/executor.ts";
import { O_WRONLY } from "../../sys/files.ts";
import { closeFile, openFile } from "../../sys/host-files.ts";
import type { CgroupEntrance } from "../manager.ts";

const SELF = "0";

/**
 * The `tasks` files of v1 hierarchies, opened by the runtime: the kernel asks for the opener's rights, so that a process in
 * a user namespace of its own can still go in. A single thread that moves itself needs no lock over the thread groups of
 * the host (kernel/cgroup/cgroup.c, cgroup_procs_write_start).
 */
export class TasksEntrance implements CgroupEntrance {
  readonly #files: ReadonlyMap<string, number>;

  /** @param directories by what they are called in errors */
  constructor(directories: Iterable<readonly [name: string, directory: string]>) {
    const files = new Map<string, number>();
    this.#files = files;
    try {
      for (const [name, directory] of directories) {
        files.set(name, openFile(`${directory}/tasks`, O_WRONLY));
      }
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  enter(k: Executor): void {
    for (const [name, fd] of this.#files) {
      k.within(`joining cgroup ${JSON.stringify(name)}`, undefined, () => {
        k.queue({ name: "write", args: [fd, k.memory.string(SELF), SELF.length], subject: "to tasks" });
      });
    }
  }

  [Symbol.dispose](): void {
    for (const fd of this.#files.values()) closeFile(fd);
  }
}
