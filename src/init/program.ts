import { TsrunError } from "../base/errors.ts";
import { mayExecute } from "../sys/access.ts";
import { errnoText } from "../sys/errno.ts";
import type { Executor } from "../sys/executor.ts";
import { AT_FDCWD, S_IFDIR, S_IFMT, stat } from "../sys/files.ts";
import { openRoot } from "../sys/root.ts";
import { programFlaw } from "./exec-failure.ts";
import { filesBelow } from "./program-files.ts";

const ENOENT = 2;
const EACCES = 13;
const EISDIR = 21;

/**
 * Path of the program that `name` means to a process with this environment: as it is where it has a slash, else the
 * first executable of that name in PATH (execvp(3)). Runs as the container's user in its root and working directory.
 * @throws TsrunError in the words that engines match (engines.md 5.2): `executable file not found in $PATH`,
 *   `no such file or directory`, `permission denied`, `is a directory`
 */
export function findProgram(k: Executor, name: string, environment: readonly string[]): string {
  if (name.includes("/")) {
    const errno = execution(k, name);
    if (errno === 0) return name;
    throw notExecutable(k, name, errno);
  }
  const path = environment.findLast((entry) => entry.startsWith("PATH="))?.slice("PATH=".length) ?? "";
  // An empty element is the working directory.
  const candidates = path.split(":").map((directory) => `${directory === "" ? "." : directory}/${name}`);
  const allowed = mayExecute(k, candidates);
  for (const [index, candidate] of candidates.entries()) {
    if (allowed[index] === 0 && execution(k, candidate) === 0) return candidate;
  }
  throw notFound(name, path);
}

/** 0 when the process may execute the file, else the errno that says why not. */
function execution(k: Executor, path: string): number {
  const [result = 0] = mayExecute(k, [path]);
  if (result < 0) return -result;
  // Not by a descriptor: the process may have as many as its RLIMIT_NOFILE allows.
  return (stat(k, AT_FDCWD, path).mode & S_IFMT) === S_IFDIR ? EISDIR : 0;
}

function notExecutable(k: Executor, name: string, errno: number): TsrunError {
  const reason = errno === ENOENT ? `stat ${name}: ${errnoText(errno)}` : refusal(k, name, errno);
  return new TsrunError(`exec: ${JSON.stringify(name)}: ${reason}`, { pointer: "/process/args/0" });
}

/**
 * Of a directory runc says `is a directory` since 1.2, and before execve(2)'s own `permission denied`, by which alone
 * Podman and the older clients of Docker (20.10) know the status 126. Who looks for either finds it here.
 */
function refusal(k: Executor, name: string, errno: number): string {
  if (errno === EISDIR) return `${errnoText(EACCES)}: it ${errnoText(EISDIR)}`;
  return `${errnoText(errno)}${flawText(k, name, errno)}`;
}

/** What the words of EACCES leave open; a relative path is not looked into. */
function flawText(k: Executor, name: string, errno: number): string {
  if (errno !== EACCES || !name.startsWith("/")) return "";
  using root = openRoot(k);
  const flaw = programFlaw(name, filesBelow(k, root.number));
  return flaw === undefined ? "" : `: ${flaw}`;
}

function notFound(name: string, path: string): TsrunError {
  return new TsrunError(`exec: ${JSON.stringify(name)}: executable file not found in $PATH`, {
    pointer: "/process/args/0",
    hint: path === "" ? "process.env has no PATH" : `PATH is ${path}`,
  });
}
