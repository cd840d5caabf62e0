import { asExecError } from "../../base/exec-error.ts";
import { absolutePath } from "../../base/path.ts";
import { type ExecRequest, exec } from "../../container/exec.ts";
import { parseGroups, parseSubCgroups, parseUser } from "../exec-arguments.ts";
import type { Flags, FlagValues, Invocation } from "../flags.ts";

export const command = "exec <container-id> [command..]";
export const describe = "execute a program in a running container";
export const flagOrder = "first";
export const builder = {
  "console-socket": {
    type: "string",
    describe: "AF_UNIX socket that receives the master side of the process's terminal",
  },
  "pidfd-socket": { type: "string", describe: "AF_UNIX socket that receives a pidfd of the process" },
  cwd: { type: "string", describe: "working directory in the container" },
  env: { type: "array", alias: "e", describe: "set an environment variable: NAME=VALUE" },
  tty: { type: "boolean", alias: "t", describe: "give the process a terminal" },
  user: { type: "string", alias: "u", describe: "user of the process: UID[:GID], numbers" },
  "additional-gids": {
    type: "array",
    alias: "g",
    describe: "add a group, a number, to those of the process",
  },
  process: {
    type: "string",
    alias: "p",
    describe: "file with the whole process, as in config.json, in place of command and flags",
  },
  detach: { type: "boolean", alias: "d", describe: "return once the program runs" },
  "pid-file": { type: "string", describe: "file to write the process's id to, once its program runs" },
  "process-label": { type: "string", describe: "SELinux label of the process" },
  apparmor: { type: "string", describe: "AppArmor profile of the process" },
  "no-new-privs": {
    type: "boolean",
    mayBeUnset: true,
    describe: "let the process gain no privileges by what it executes, or with =false let it",
  },
  cap: { type: "array", alias: "c", describe: "give the process a capability: CAP_NAME" },
  "preserve-fds": {
    type: "number",
    default: 0,
    describe: "pass so many file descriptors after stdio to the process",
  },
  cgroup: {
    type: "array",
    describe: "run in a cgroup below the container's: PATH, or CONTROLLER[,CONTROLLER]:PATH with cgroup v1",
  },
  "ignore-paused": {
    type: "boolean",
    describe: "execute in a paused container, too: the process runs once that is resumed",
  },
} as const satisfies Flags;

/** Only the sockets keep the path as given: theirs may be 107 bytes at most. */
function execRequest(flags: FlagValues<typeof builder>, positionals: readonly string[]): ExecRequest {
  const [id = "", ...args] = positionals;
  const { "pid-file": pidFile, "console-socket": consoleSocket, "pidfd-socket": pidfdSocket } = flags;
  const { process: processFile } = flags;
  return {
    id,
    ...(processFile ? { processFile } : {}),
    changes: {
      args,
      cwd: flags.cwd || undefined,
      env: flags.env,
      terminal: flags.tty,
      user: flags.user ? parseUser(flags.user) : undefined,
      additionalGids: parseGroups(flags["additional-gids"]),
      selinuxLabel: flags["process-label"] || undefined,
      apparmorProfile: flags.apparmor || undefined,
      noNewPrivileges: flags["no-new-privs"],
      capabilities: flags.cap,
    },
    detach: flags.detach,
    ...(pidFile ? { pidFile: absolutePath(pidFile) } : {}),
    ...(consoleSocket ? { consoleSocket } : {}),
    ...(pidfdSocket ? { pidfdSocket } : {}),
    preserveFds: flags["preserve-fds"],
    subCgroups: parseSubCgroups(flags.cgroup),
    ignorePaused: flags["ignore-paused"],
  };
}

/** Returns the exit status of the process, or 0 once it is detached. @throws ExecError */
export function handler({ flags, positionals, runtime }: Invocation<typeof builder>): number {
  try {
    return exec(runtime, execRequest(flags, positionals));
  } catch (error) {
    throw asExecError(error);
  }
}
