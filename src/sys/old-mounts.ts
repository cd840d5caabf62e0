import { TsrunError } from "../base/errors.ts";
import { unescapePath } from "../base/mountinfo.ts";
import type { Executor } from "./executor.ts";
import { Fd } from "./fd.ts";
import {
  AT_FDCWD,
  fstat,
  mknodCall,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_PATH,
  openat,
  RESOLVE_BENEATH,
  RESOLVE_NO_SYMLINKS,
  S_IFDIR,
  S_IFMT,
  S_IFREG,
  tryOpenat2,
} from "./files.ts";
import {
  MS_BIND,
  MS_MOVE,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  MS_REC,
  MS_REMOUNT,
  MS_UNBINDABLE,
  mount,
} from "./mount.ts";
import type { MountApi, MountAttributes, NewFileSystem } from "./mount-api.ts";
import { attributesOf, flagsOf } from "./mount-attributes.ts";
import { mountData } from "./mount-data.ts";
import { FileSystemError, newMounts } from "./new-mounts.ts";
import { Procfs } from "./procfs.ts";
import { failedCall, SyscallError } from "./syscall-error.ts";

const EACCES = 13;
const plainly = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;

/** A descriptor as a path: mount(2) takes nothing else. The kernel follows it to the very file. */
function pathOf(k: Executor, fd: number): string {
  return `/proc/self/fd/${k.numberOf(fd)}`;
}

function changeOne(k: Executor, target: number, set: number, clear: number): void {
  const attributes = (attributesOf(k, target) & ~clear) | set;
  mount(k, "", pathOf(k, target), "", MS_REMOUNT | MS_BIND | flagsOf(attributes));
}

/** Where we cannot go (EACCES, /sys/kernel/debug/tracing in a user namespace) the container's root cannot, either. */
function changeBelow(k: Executor, top: number, path: string, set: number): void {
  const number = tryOpenat2(k, top, path, { flags: O_PATH, resolve: plainly });
  if (number === -EACCES) return;
  if (number < 0) throw new SyscallError("openat2", -number, JSON.stringify(path));
  using mounted = new Fd(k, number);
  changeOne(k, mounted.number, set, 0);
}

/** Where mounts lie below another one, as paths from there. Found by their parents: the paths alone may be others', too. */
function placesBelow(k: Executor, target: number): string[] {
  using proc = Procfs.mounted(k);
  const [, id] = /^mnt_id:\s*(\d+)$/m.exec(proc.readText(`self/fdinfo/${k.numberOf(target)}`)) ?? [];
  const mounts = proc
    .readText("self/mountinfo")
    .split("\n")
    .map((line) => line.split(" ", 5));
  const top = mounts.find(([own]) => own === id)?.[4] ?? "";
  const tree = new Set([id]);
  // A mount may be listed before the one that it is on, once that has been moved.
  for (let size = 0; size < tree.size; ) {
    size = tree.size;
    for (const [own, parent] of mounts) if (tree.has(parent)) tree.add(own);
  }
  const below = mounts.filter(([own]) => own !== id && tree.has(own));
  return below.map(([, , , , point = ""]) => unescapePath(point).slice(unescapePath(top).length + 1));
}

/**
 * The same as `newMounts`, by mount(2): a mount that is at no place yet is one in a tmpfs of ours, which nobody else can
 * reach, and moving is MS_MOVE. The tmpfs lies under the container's root and goes with the old root.
 */
export class OldMounts implements MountApi {
  readonly #place: Fd;
  readonly #contexts: boolean;
  #count = 0;

  /**
   * @param directory a path that no container can change; what is mounted there later covers the tmpfs
   * @param contexts whether there are file system contexts (fsopen(2), Linux 5.2), which say what they refuse
   */
  constructor(k: Executor, directory: string, contexts: boolean) {
    this.#contexts = contexts;
    // Targets are named by links of /proc: they must be the kernel's.
    Procfs.mounted(k)[Symbol.dispose]();
    mount(k, "tmpfs", directory, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=700");
    // Private: MS_MOVE takes no mount from a shared one. And left out when the directory is bound with what is in it.
    mount(k, "", directory, "", MS_UNBINDABLE);
    this.#place = openat(k, AT_FDCWD, directory, O_PATH | O_DIRECTORY);
  }

  cloneTree(k: Executor, directory: number, path: string, recursive: boolean, nofollow = 0): Fd {
    const noLink = nofollow === 0 ? 0 : O_NOFOLLOW;
    using opened = path === "" ? undefined : openat(k, directory, path, O_PATH | noLink);
    const source = opened?.number ?? directory;
    const isDirectory = (fstat(k, source).mode & S_IFMT) === S_IFDIR;
    const flags = MS_BIND | (recursive ? MS_REC : 0);
    return this.#mountApart(k, isDirectory, (spot) => mount(k, pathOf(k, source), spot, "", flags));
  }

  newFileSystem(k: Executor, wanted: NewFileSystem): Fd {
    if (this.#contexts) {
      using tree = newMounts.newFileSystem(k, wanted);
      return this.#mountApart(k, true, (_, spot) => newMounts.moveMount(k, tree.number, spot));
    }
    const { type, source, options, attributes } = wanted;
    const { flags, data } = mountData(options);
    try {
      return this.#mountApart(k, true, (spot) =>
        mount(k, source ?? "none", spot, type, flags | flagsOf(attributes), data),
      );
    } catch (error) {
      throw new FileSystemError(type, failedCall(error) ?? error, "");
    }
  }

  /**
   * mount(2) MS_REMOUNT | MS_BIND sets all attributes of one mount at once, so it must be told those that stay. Of a whole
   * tree they can be set, one after the other, while it is ours alone, and not be taken back.
   */
  mountSetattr(
    k: Executor,
    target: number,
    { set, clear, propagation }: MountAttributes,
    recursive: boolean,
  ): void {
    if ((set | clear) !== 0) {
      if (recursive && clear !== 0) {
        throw new TsrunError("attributes of a whole tree of mounts need mount_setattr(2) of Linux 5.12");
      }
      changeOne(k, target, set, clear);
      for (const below of recursive ? placesBelow(k, target) : []) changeBelow(k, target, below, set);
    }
    const path = pathOf(k, target);
    if (propagation !== undefined && propagation !== 0) {
      mount(k, "", path, "", propagation | (recursive ? MS_REC : 0));
    }
  }

  moveMount(k: Executor, source: number, target: number): void {
    mount(k, pathOf(k, source), pathOf(k, target), "", MS_MOVE);
  }

  /** Has `make` mount at a spot of its own, and opens what is mounted there. */
  #mountApart(k: Executor, isDirectory: boolean, make: (path: string, spot: number) => void): Fd {
    const place = this.#place.number;
    const name = String(this.#count++);
    const args = [place, k.memory.string(name), 0o700];
    if (isDirectory) k.queue({ name: "mkdirat", args, subject: name });
    else k.queue(mknodCall(k, place, name, S_IFREG | 0o600, 0));
    using spot = openat(k, place, name, O_PATH | O_NOFOLLOW);
    make(`${pathOf(k, place)}/${name}`, spot.number);
    k.flush();
    return openat(k, place, name, O_PATH | O_NOFOLLOW);
  }
}
