import { O_DIRECTORY, O_PATH } from "./files.ts";
import { closeFile, openFile } from "./host-files.ts";
import { descriptorTarget } from "./host-proc.ts";

/** Absolute path of a directory, free of symbolic links. @throws SyscallError ENOTDIR where it is none */
export function realDirectory(path: string): string {
  return realPath(path, O_DIRECTORY);
}

/** Absolute path, free of symbolic links, of what can be opened with `flags` (proc_pid_fd(5)). @throws SyscallError */
export function realPath(path: string, flags = 0): string {
  const fd = openFile(path, O_PATH | flags);
  try {
    return descriptorTarget(fd);
  } finally {
    closeFile(fd);
  }
}
