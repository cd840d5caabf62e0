import { TsrunError } from "../base/errors.ts";
import { resolvePath } from "../base/path.ts";
import type { Process } from "../oci/types.ts";
import { errnoText } from "../sys/errno.ts";
import { S_IFDIR, S_IFMT, S_IFREG } from "../sys/files.ts";
import { machineName, type ProgramKind, readProgram } from "./program-file.ts";
import type { LookAt, ProgramFile } from "./program-files.ts";

/** e_machine values that an engine's architecture runs, its own first. */
const runnable: Readonly<Record<string, readonly number[]>> = { x64: [62, 3], arm64: [183, 40] };
const ANY_EXECUTE = 0o111;
/** Interpreters of interpreters that the kernel follows (linux/fs/exec.c, exec_binprm). */
const MAX_DEPTH = 5;

/** What is wrong, and with whom: the program (an empty `behind`), or what it needs, from the outside in. */
interface Flaw {
  readonly behind: readonly string[];
  readonly what: string;
}

/** What a search for flaws goes by. */
interface Search {
  readonly look: LookAt;
  /** Of this machine, as in process.arch. */
  readonly arch: string;
  /** How many more interpreters may follow. */
  readonly depth: number;
}

/**
 * A failed execve(2) as an error that says what is really missing: "no such file or directory" may speak of the file,
 * of the interpreter in its first line, or of the dynamic loader that it names. The errno's words open it, since
 * engines match them (127: `no such file or directory`; 126: `permission denied`).
 * @param path absolute, inside the container
 * @param arch of this machine, as in process.arch
 */
export function execFailure(
  path: string,
  errno: number,
  look: LookAt,
  arch: string = process.arch,
): TsrunError {
  const flaw = programFlaw(path, look, arch);
  const reason = flaw === undefined ? "" : `: ${flaw}`;
  return new TsrunError(`exec ${path}: ${errnoText(errno)}${reason}`, { pointer: "/process/args/0" });
}

/** What keeps a file that exists from being executed by anybody; undefined where it does not exist or nothing does. */
export function programFlaw(path: string, look: LookAt, arch: string = process.arch): string | undefined {
  const file = look(path);
  const flaw = file === undefined ? undefined : flawOf(file, { look, arch, depth: MAX_DEPTH });
  return flaw === undefined ? undefined : `${flaw.behind.join(": ") || "it"} ${flaw.what}`;
}

/** Where the program of a process is: what its name means, or where PATH has it first (execvp(3)). */
export function programPath({ args = [], env = [], cwd }: Process, look: LookAt): string {
  const [name = ""] = args;
  if (name.includes("/")) return resolvePath(cwd, name);
  const path = env.findLast((entry) => entry.startsWith("PATH="))?.slice("PATH=".length) ?? "";
  const places = path.split(":").map((directory) => resolvePath(resolvePath(cwd, directory), name));
  const executable = (place: string): boolean => {
    const file = look(place);
    return file !== undefined && (file.mode & S_IFMT) === S_IFREG && (file.mode & ANY_EXECUTE) !== 0;
  };
  return places.find(executable) ?? name;
}

/** What keeps a file from being executed by anybody, or undefined where nothing does. */
function flawOf(file: ProgramFile, search: Search): Flaw | undefined {
  const what = flawOfFile(file);
  return what === undefined ? flawOfProgram(readProgram(file.read), search) : { behind: [], what };
}

function flawOfFile({ mode, noexec }: ProgramFile): string | undefined {
  if ((mode & S_IFMT) === S_IFDIR) return "is a directory";
  if ((mode & S_IFMT) !== S_IFREG) return "is not an ordinary file";
  if (noexec) return "is on a file system that is mounted noexec";
  if ((mode & ANY_EXECUTE) === 0) return `has no execute bit (mode 0${(mode & 0o7777).toString(8)})`;
  return undefined;
}

function flawOfProgram(program: ProgramKind, search: Search): Flaw | undefined {
  switch (program.kind) {
    case "empty":
      return { behind: [], what: "is empty" };
    case "unknown":
      return { behind: [], what: 'is neither an ELF program nor a script that begins with "#!"' };
    case "script":
      return flawOfScript(program.interpreter, search);
    case "elf":
      return flawOfElf(program.machine, program.interpreter, search);
  }
}

function flawOfScript(interpreter: string, search: Search): Flaw | undefined {
  if (interpreter === "") return { behind: [], what: 'names no interpreter after "#!"' };
  const flaw = flawBehind("interpreter", interpreter, search);
  if (flaw === undefined || !interpreter.endsWith("\r")) return flaw;
  return { ...flaw, what: `${flaw.what}: the line that names it ends with a carriage return (CRLF)` };
}

function flawOfElf(machine: number, loader: string | undefined, search: Search): Flaw | undefined {
  const [own = machine, ...others] = runnable[search.arch] ?? [];
  if (machine !== own && !others.includes(machine)) {
    const what = `is a program for ${machineName(machine)}, and this machine is ${machineName(own)}`;
    return { behind: [], what };
  }
  return loader === undefined ? undefined : flawBehind("dynamic loader", loader, search);
}

function flawBehind(role: string, path: string, search: Search): Flaw | undefined {
  const behind = `its ${role} ${JSON.stringify(path)}`;
  const file = search.look(path);
  if (file === undefined) return { behind: [behind], what: "does not exist" };
  if (search.depth === 0) return { behind: [behind], what: "is one of too many interpreters" };
  const flaw = flawOf(file, { ...search, depth: search.depth - 1 });
  return flaw === undefined ? undefined : { ...flaw, behind: [behind, ...flaw.behind] };
}
