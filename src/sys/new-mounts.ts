import { TsrunError } from "../base/errors.ts";
import type { Call, Executor } from "./executor.ts";
import { Fd } from "./fd.ts";
import { AT_EMPTY_PATH } from "./files.ts";
import { local } from "./local.ts";
import type { MountApi, MountAttributes, NewFileSystem } from "./mount-api.ts";
import { withoutQuotes } from "./mount-data.ts";
import type { SyscallName } from "./numbers.ts";
import { failedCall } from "./syscall-error.ts";

const EINVAL = 22;
const ALL_FLAGS = 0xffffffff;
const FSOPEN_CLOEXEC = 1;
const FSMOUNT_CLOEXEC = 1;
const FSCONFIG_SET_FLAG = 0;
const FSCONFIG_SET_STRING = 1;
const FSCONFIG_CMD_CREATE = 6;
const OPEN_TREE_CLONE = 1;
const OPEN_TREE_CLOEXEC = 0o2000000;
const AT_RECURSIVE = 0x8000;
const MOVE_MOUNT_EMPTY_PATHS = 0x4 | 0x40;
const MOUNT_ATTR_SIZE = 32;
const LOG_SIZE = 1024;

/**
 * Whether this kernel lets us call `open_tree` (5.2, and with it fsopen(2) and its kin) or `mount_setattr` (5.12): both
 * look at their flags first. A seccomp filter that hides them answers for the kernel, by ENOSYS, or by EPERM as engines'
 * profiles from before Linux 5.2 do.
 */
export function hasCall(name: SyscallName & ("open_tree" | "mount_setattr")): boolean {
  return local.attempt({ name, args: [-1, 0, ALL_FLAGS, 0, 0] }) === -EINVAL;
}

/** A file system that the kernel did not make, with its own words (fsopen(2)), or "". */
export class FileSystemError extends TsrunError {
  readonly kernelLog: string;

  constructor(type: string, cause: unknown, kernelLog: string) {
    super(`making a file system of type ${type}`, { cause });
    this.kernelLog = kernelLog;
  }
}

/** Mounts as descriptors: fsopen(2), open_tree(2), move_mount(2), mount_setattr(2). All is queued but what makes a superblock. */
export const newMounts: MountApi = {
  /** open_tree(2) OPEN_TREE_CLONE. */
  cloneTree(k, directory, path, recursive, nofollow = 0) {
    const flags =
      OPEN_TREE_CLONE |
      OPEN_TREE_CLOEXEC |
      (recursive ? AT_RECURSIVE : 0) |
      (path === "" ? AT_EMPTY_PATH : nofollow);
    const args = [directory, k.memory.string(path), flags];
    return new Fd(k, k.open({ name: "open_tree", args, subject: path === "" ? "" : JSON.stringify(path) }));
  },

  /** fsopen(2), fsconfig(2), fsmount(2). */
  newFileSystem(k, wanted) {
    const { type, attributes } = wanted;
    const args = [k.memory.string(type), FSOPEN_CLOEXEC];
    using context = new Fd(k, k.open({ name: "fsopen", args, subject: JSON.stringify(type) }));
    try {
      configure(k, context.number, wanted);
      return new Fd(k, k.open({ name: "fsmount", args: [context.number, FSMOUNT_CLOEXEC, attributes] }));
    } catch (error) {
      throw new FileSystemError(type, failedCall(error) ?? error, contextLog(k, context.number));
    }
  },

  /** mount_setattr(2). */
  mountSetattr(k, mount, change, recursive) {
    const { memory } = k;
    const address = memory.alloc(MOUNT_ATTR_SIZE);
    memory.setAddress(address, change.set);
    memory.setAddress(address + 8, change.clear);
    memory.setAddress(address + 16, change.propagation ?? 0);
    const flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
    const args = [mount, memory.string(""), flags, address, MOUNT_ATTR_SIZE];
    k.queue({ name: "mount_setattr", args, subject: describe(change) });
  },

  /** move_mount(2). */
  moveMount(k, mount, target) {
    const empty = k.memory.string("");
    k.queue({ name: "move_mount", args: [mount, empty, target, empty, MOVE_MOUNT_EMPTY_PATHS] });
  },
};

/**
 * A new file system as a detached mount, in one go (fsopen(2), fsconfig(2), fsmount(2); Linux 5.2).
 * @param options strings by their names
 * @returns the descriptor of the mount, or the negated errno of what failed first
 */
export function tryMountDetached(
  k: Executor,
  type: string,
  options: Readonly<Record<string, string>>,
  attributes: number,
): number {
  const { memory } = k;
  const fs = k.newSlot();
  const set = Object.entries(options).map(([key, value]): Call => {
    return { name: "fsconfig", args: [fs, FSCONFIG_SET_STRING, memory.string(key), memory.string(value), 0] };
  });
  const results = k.attemptAll([
    { name: "fsopen", args: [memory.string(type), FSOPEN_CLOEXEC], store: fs },
    ...set,
    { name: "fsconfig", args: [fs, FSCONFIG_CMD_CREATE, 0, 0, 0] },
    { name: "fsmount", args: [fs, FSMOUNT_CLOEXEC, attributes] },
    { name: "close", args: [fs] },
  ]);
  k.freeSlot(fs);
  const mount = results.at(-2) ?? -1;
  const failed = results.slice(0, -2).find((result) => result < 0);
  if (failed !== undefined && mount >= 0) k.close(mount);
  return failed ?? mount;
}

function configure(k: Executor, context: number, { type, source, options }: NewFileSystem): void {
  if (source !== undefined) configureOne(k, context, "source", source);
  for (const each of options) {
    const option = withoutQuotes(each);
    const equals = option.indexOf("=");
    if (equals < 0) configureOne(k, context, option, undefined);
    else configureOne(k, context, option.slice(0, equals), option.slice(equals + 1));
  }
  k.call({ name: "fsconfig", args: [context, FSCONFIG_CMD_CREATE, 0, 0, 0], subject: type });
}

/** FSCONFIG_SET_STRING, or FSCONFIG_SET_FLAG without a value; a value has at most 255 bytes. */
function configureOne(k: Executor, context: number, key: string, value: string | undefined): void {
  const { memory } = k;
  const command = value === undefined ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING;
  const args = [context, command, memory.string(key), value === undefined ? 0 : memory.string(value), 0];
  k.queue({ name: "fsconfig", args, subject: value === undefined ? key : `${key}=${value}` });
}

function contextLog(k: Executor, context: number): string {
  const buffer = k.memory.alloc(LOG_SIZE);
  const count = k.attempt({ name: "read", args: [context, buffer, LOG_SIZE] });
  return count > 0 ? k.memory.text(buffer, count).trim() : "";
}

function describe({ set, clear, propagation }: MountAttributes): string {
  return `set 0x${set.toString(16)} clear 0x${clear.toString(16)} propagation 0x${(propagation ?? 0).toString(16)}`;
}
