import { TsrunError } from "../base/errors.ts";
import { absolutePath } from "../base/path.ts";
import type { RuntimeOptions } from "../container/options.ts";
import type { Flags, FlagValues } from "./flags.ts";
import type { LogOptions } from "./logger.ts";
import { parseBoolean } from "./parse.ts";
import { defaultRoot } from "./root-directory.ts";

/** The flags that stand before the command. */
export const globalFlags = {
  debug: { type: "boolean", describe: "log what is done, step by step" },
  log: { type: "string", describe: "file to append log messages to (default: stderr)" },
  "log-format": {
    type: "string",
    default: "text",
    choices: ["text", "json"],
    describe: "form of the log messages",
  },
  root: {
    type: "string",
    describe:
      "directory of the containers' state (default: /run/tsrun, or $XDG_RUNTIME_DIR/tsrun when rootless)",
  },
  "systemd-cgroup": {
    type: "boolean",
    describe: 'let systemd manage the cgroups; cgroupsPath then has the form "slice:prefix:name"',
  },
  rootless: {
    type: "string",
    default: "auto",
    choices: ["true", "false", "auto"],
    describe: "do without the cgroups that only root may change",
  },
  version: { type: "boolean", alias: "v", describe: "print the version" },
} as const satisfies Flags;

/** The global flags of a command line. */
export type GlobalValues = FlagValues<typeof globalFlags>;

/** @throws {TsrunError} for an unknown format, in runc's words */
export function logOptions(values: GlobalValues): LogOptions {
  const format = values["log-format"];
  if (format !== "text" && format !== "json") {
    throw new TsrunError(`invalid log-format: ${format}`);
  }
  return { file: values.log, format, debug: values.debug };
}

function rootless(text: string): "auto" | boolean {
  if (text === "" || text.toLowerCase() === "auto") {
    return "auto";
  }
  const value = parseBoolean(text);
  if (value === undefined) {
    throw new TsrunError(
      `invalid value ${JSON.stringify(text)} for flag -rootless: want true, false or auto`,
    );
  }
  return value;
}

/** A state directory directly under `/` is a mistake of the caller: every entry there would count as a container. */
function chosenRoot(path: string): string {
  const absolute = path === "" ? "/" : absolutePath(path);
  if (absolute === "/") {
    throw new TsrunError("option --root must not be empty or /");
  }
  return absolute;
}

/**
 * What the operations of `container/` need to know of the global flags.
 * @param makesRoot whether a directory of containers that nobody chose is made where it is missing
 * @throws {TsrunError} for a value that makes no sense
 */
export function runtimeOptions(values: GlobalValues, makesRoot = true): RuntimeOptions {
  return {
    root: values.root === undefined ? defaultRoot(makesRoot) : chosenRoot(values.root),
    systemdCgroup: values["systemd-cgroup"],
    rootless: rootless(values.rootless),
  };
}
