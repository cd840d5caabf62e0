import { TsrunError } from "../base/errors.ts";
import { errnoText } from "../sys/errno.ts";
import { S_IFDIR, S_IFMT, S_IFREG } from "../sys/files.ts";
import { machineName, type ProgramKind, readProgram } from "./program-file.ts";
import type { LookAt, ProgramFile } from "./program-files.ts";

/** e_machine values that an engine's architecture runs, its own first. */
const runnable: Readonly<Record<string, readonly number[]>> = { x64: [62, 3], arm64: [183, 40] };
const ANY_EXECUTE = 0o111;
/** Interpreters of interpreters that the kernel follows (linux/fs/exec.c, exec_binprm). */
const MAX_DEPTH = 5;

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
  const flaw = look(path) === undefined ? undefined : flawOf(path, look, arch, MAX_DEPTH);
  const reason = flaw === undefined ? "" : `: ${flaw}`;
  return new TsrunError(`exec ${path}: ${errnoText(errno)}${reason}`, { pointer: "/process/args/0" });
}

/** What keeps a file from being executed by anybody, or undefined where nothing does. */
function flawOf(path: string, look: LookAt, arch: string, depth: number): string | undefined {
  const file = look(path);
  if (file === undefined) return "does not exist";
  return flawOfFile(file) ?? flawOfProgram(readProgram(file.read), look, arch, depth);
}

function flawOfFile({ mode, noexec }: ProgramFile): string | undefined {
  if ((mode & S_IFMT) === S_IFDIR) return "is a directory";
  if ((mode & S_IFMT) !== S_IFREG) return "is not an ordinary file";
  if (noexec) return "is on a file system that is mounted noexec";
  if ((mode & ANY_EXECUTE) === 0) return `has no execute bit (mode 0${(mode & 0o7777).toString(8)})`;
  return undefined;
}

function flawOfProgram(program: ProgramKind, look: LookAt, arch: string, depth: number): string | undefined {
  switch (program.kind) {
    case "empty":
      return "is empty";
    case "unknown":
      return 'is neither an ELF program nor a script that begins with "#!"';
    case "script":
      return flawOfScript(program.interpreter, program.crlf, look, arch, depth);
    case "elf":
      return flawOfElf(program.machine, program.interpreter, look, arch, depth);
  }
}

function flawOfScript(
  interpreter: string,
  crlf: boolean,
  look: LookAt,
  arch: string,
  depth: number,
): string | undefined {
  if (interpreter === "") return 'names no interpreter after "#!"';
  const flaw = flawBehind("interpreter", interpreter, look, arch, depth);
  return flaw !== undefined && crlf ? `${flaw}: its first line ends with a carriage return (CRLF)` : flaw;
}

function flawOfElf(
  machine: number,
  interpreter: string | undefined,
  look: LookAt,
  arch: string,
  depth: number,
): string | undefined {
  const [own = machine, ...others] = runnable[arch] ?? [];
  if (machine !== own && !others.includes(machine)) {
    return `is a program for ${machineName(machine)}, and this machine is ${machineName(own)}`;
  }
  return interpreter === undefined ? undefined : flawBehind("dynamic loader", interpreter, look, arch, depth);
}

function flawBehind(
  role: string,
  path: string,
  look: LookAt,
  arch: string,
  depth: number,
): string | undefined {
  const flaw = depth === 0 ? "is one of too many" : flawOf(path, look, arch, depth - 1);
  return flaw === undefined ? undefined : `its ${role} ${JSON.stringify(path)} ${flaw}`;
}
