import { Fd } from "./fd.ts";
import {
  AT_FDCWD,
  fileSystemType,
  O_DIRECTORY,
  O_PATH,
  O_RDONLY,
  openat,
  RESOLVE_BENEATH,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
  tryOpenat2,
} from "./files.ts";
import { closeFile, readOpen } from "./host-files.ts";
import { local } from "./local.ts";
import { SyscallError } from "./syscall-error.ts";

// The host's /sys as the runtime reads it: sure to be a sysfs, and below it no symbolic link. Paths begin below /sys.

const SYSFS_MAGIC = 0x62656572;
const ENOENT = 2;
const plain = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;

/** The text of a file of sysfs itself; undefined where it cannot be read. */
export function readSys(path: string): string | undefined {
  const fd = openBelowSys(path, O_RDONLY, plain | RESOLVE_NO_XDEV);
  if (fd < 0) return undefined;
  try {
    return readOpen(fd, `/sys/${path}`);
  } catch (error) {
    if (error instanceof SyscallError) return undefined;
    throw error;
  } finally {
    closeFile(fd);
  }
}

/** Opens what is mounted on a directory of sysfs (O_PATH); undefined where there is none. What it is must be looked at. */
export function openMountInSys(path: string): Fd | undefined {
  const fd = openBelowSys(path, O_PATH | O_DIRECTORY, plain);
  return fd < 0 ? undefined : new Fd(local, fd);
}

function openBelowSys(path: string, flags: number, resolve: number): number {
  try {
    using root = openat(local, AT_FDCWD, "/sys", O_PATH | O_DIRECTORY);
    if (fileSystemType(local, root.number) !== SYSFS_MAGIC) return -ENOENT;
    return tryOpenat2(local, root.number, path, { flags, resolve });
  } catch (error) {
    if (error instanceof SyscallError) return -error.errno;
    throw error;
  }
}
