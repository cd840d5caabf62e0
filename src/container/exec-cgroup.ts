import { TsrunError } from "../base/errors.ts";
import { parseHostCgroups } from "../cgroups/host.ts";
import type { CgroupEntrance, CgroupManager, SavedCgroup } from "../cgroups/manager.ts";
import { subDirectory } from "../cgroups/path.ts";
import { managerFrom } from "../cgroups/select.ts";
import type { CgroupDoor } from "../init/exec-plan.ts";
import type { Executor } from "../sys/executor.ts";
import type { Fd } from "../sys/fd.ts";
import { AT_FDCWD, O_DIRECTORY, O_PATH, openat } from "../sys/files.ts";
import { readProc } from "../sys/host-proc.ts";
import { local } from "../sys/local.ts";
import { failedCall, isErrno } from "../sys/syscall-error.ts";
import { isRootless } from "./cgroup.ts";
import type { RuntimeOptions } from "./options.ts";
import type { ContainerRecord } from "./record.ts";

/** The container's cgroup, or one below it, for a process that is to be executed in it. */
export class ExecCgroup implements CgroupDoor, Disposable {
  readonly isOptional: boolean;
  readonly #record: ContainerRecord;
  /** Whether the cgroup was asked for: then no other will do. */
  readonly #isChosen: boolean;
  readonly #manager: CgroupManager;
  readonly #directories: Fd[] = [];
  #directory: number | undefined;
  #entrance: CgroupEntrance | undefined;

  /** @param subCgroups paths below the container's cgroup by controller (`--cgroup`) @throws TsrunError in runc's words */
  constructor(options: RuntimeOptions, record: ContainerRecord, subCgroups: ReadonlyMap<string, string>) {
    this.isOptional = isRootless(options);
    this.#record = record;
    this.#isChosen = subCgroups.size > 0;
    this.#manager = managerFrom({ ...record.cgroup, paths: subPaths(record.cgroup, subCgroups) });
  }

  get directory(): number | undefined {
    const path = this.#manager.directoryForClone();
    if (path !== undefined) this.#directory ??= this.#open(path);
    return this.#directory;
  }

  directoryOfInit(): number | undefined {
    const own = this.#record.cgroup.paths[""];
    if (this.#isChosen || own === undefined) return undefined;
    const cgroups = readProc(`${this.#record.pid}/cgroup`);
    const path = parseHostCgroups(readProc("self/mountinfo"), cgroups).v2?.own;
    // The container can have moved its init nowhere else.
    return path?.startsWith(`${own}/`) === true ? this.#open(path) : undefined;
  }

  open(): Disposable {
    try {
      this.#entrance = this.#manager.entrance();
    } catch (cause) {
      if (!this.#mayDoWithout(cause)) throw adding(cause);
    }
    return { [Symbol.dispose]: () => this.#closeEntrance() };
  }

  enter(k: Executor, pid: number): void {
    this.#entrance?.enter(k, pid);
  }

  add(pid: number): void {
    try {
      this.#manager.add(pid);
    } catch (cause) {
      if (!this.#mayDoWithout(cause)) throw adding(cause);
    }
  }

  [Symbol.dispose](): void {
    this.#closeEntrance();
    for (const directory of this.#directories) directory[Symbol.dispose]();
  }

  /** Closed with the door. */
  #open(path: string): number {
    try {
      const directory = openat(local, AT_FDCWD, path, O_PATH | O_DIRECTORY);
      this.#directories.push(directory);
      return directory.number;
    } catch (cause) {
      throw adding(cause);
    }
  }

  #closeEntrance(): void {
    this.#entrance?.[Symbol.dispose]();
    this.#entrance = undefined;
  }

  #mayDoWithout(error: unknown): boolean {
    return this.isOptional && isErrno(failedCall(error), "EACCES", "EPERM");
  }
}

/** runc's words, which scripts look for. */
function adding(cause: unknown): TsrunError {
  return new TsrunError("adding pid of the process to cgroups", { cause });
}

/** The directories by controller, each below the container's own. @throws TsrunError in runc's words */
function subPaths(
  { paths }: SavedCgroup,
  chosen: ReadonlyMap<string, string>,
): Readonly<Record<string, string>> {
  const all = chosen.size === 1 ? chosen.get("") : undefined;
  const result: Record<string, string> = {};
  for (const [controller, own] of Object.entries(paths)) {
    const sub = all ?? chosen.get(controller) ?? ofMate(paths, chosen, own);
    result[controller] = sub === undefined ? own : subDirectory(own, sub);
  }
  for (const controller of chosen.keys()) {
    if (all !== undefined || Object.hasOwn(paths, controller)) continue;
    throw new TsrunError(`unknown controller ${controller} in SubCgroupPaths`, {
      hint: `the container's cgroups have ${Object.keys(paths).filter(Boolean).join(", ") || "no controllers: give a path alone"}`,
    });
  }
  return result;
}

/** What is chosen for a controller that shares its hierarchy with another one: a process is in one place of it. */
function ofMate(
  paths: Readonly<Record<string, string>>,
  chosen: ReadonlyMap<string, string>,
  own: string,
): string | undefined {
  for (const [controller, sub] of chosen) if (paths[controller] === own) return sub;
  return undefined;
}
