// What a command line of a runtime asks for, by the flags that engines give (go-runc, conmon, Podman, Buildah).

/** Of the flags with a value those that may have it in the next argument. */
const valued = new Set(
  [
    ["root", "log", "log-format", "rootless", "criu"],
    ["bundle", "b", "pid-file", "console-socket", "pidfd-socket", "preserve-fds", "process", "p"],
    ["format", "resources", "r", "interval", "cwd", "env", "e", "user", "u", "cap", "c"],
    ["image-path", "work-path", "parent-path", "page-server", "manage-cgroups-mode", "empty-ns", "status-fd"],
    ["lsm-profile", "lsm-mount-context"],
  ].flat(),
);

/** A command line's parts. */
export interface CommandLine {
  /** "" where there is none, as of `--version`. */
  readonly command: string;
  /** Those before the command and those behind it, names without dashes. */
  readonly flags: ReadonlyMap<string, string>;
  /** What is no flag: the container's id first, for most commands. */
  readonly operands: readonly string[];
}

/** @param args without the runtime's own name */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const flags = new Map<string, string>();
  const words: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const [, name, value] = /^--?([^=]+)(?:=(.*))?$/s.exec(args[i] ?? "") ?? [];
    if (name === undefined) words.push(args[i] ?? "");
    else flags.set(name, value ?? (valued.has(name) ? (args[++i] ?? "") : ""));
  }
  const [command = "", ...operands] = words;
  return { command, flags, operands };
}
