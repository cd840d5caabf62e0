import { absolutePath } from "../../base/path.ts";
import type { Flags, FlagValues } from "../flags.ts";

/** The flags that `create` and `run` share. */
export const createFlags = {
  bundle: {
    type: "string",
    alias: "b",
    describe: "directory of the bundle (default: the current directory)",
  },
  "console-socket": {
    type: "string",
    describe: "AF_UNIX socket that receives the master side of the container's terminal",
  },
  "pidfd-socket": {
    type: "string",
    describe: "AF_UNIX socket that receives a pidfd of the container's init",
  },
  "pid-file": { type: "string", describe: "file to write the process id of the container's init to" },
  "no-pivot": {
    type: "boolean",
    describe: "move the root mount instead of pivot_root, for a root file system on a ramdisk",
  },
  "no-new-keyring": { type: "boolean", describe: "leave the container the session keyring of the caller" },
  "preserve-fds": {
    type: "number",
    default: 0,
    describe: "pass so many file descriptors after stdio (and those of $LISTEN_FDS) to the container",
  },
} as const satisfies Flags;

/** What `create` and `run` are told alike. Only the sockets keep the path as given: theirs may be 107 bytes at most. */
export function createRequest(id: string, flags: FlagValues<typeof createFlags>) {
  const { "pid-file": pidFile, "console-socket": consoleSocket, "pidfd-socket": pidfdSocket } = flags;
  return {
    id,
    bundle: absolutePath(flags.bundle ?? "."),
    ...(pidFile !== undefined && { pidFile: absolutePath(pidFile) }),
    ...(consoleSocket !== undefined && { consoleSocket }),
    ...(pidfdSocket !== undefined && { pidfdSocket }),
    noPivot: flags["no-pivot"],
    noNewKeyring: flags["no-new-keyring"],
    preserveFds: flags["preserve-fds"],
  };
}
