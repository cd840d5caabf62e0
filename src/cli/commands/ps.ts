import { TsrunError } from "../../base/errors.ts";
import { lazy } from "../../base/lazy.ts";
import { processes } from "../../container/ps.ts";
import type { Flags, Invocation } from "../flags.ts";
import { goJson } from "../go-json.ts";
import { print } from "../output.ts";

export const command = "ps <container-id> [ps-options..]";
export const describe = "list the processes of a container";
/** What follows the id is for ps, whatever it looks like: `ps ID -f`. */
export const flagOrder = "first";
export const builder = {
  format: {
    type: "string",
    alias: "f",
    default: "table",
    choices: ["table", "json"],
    describe: "form of the output",
  },
} as const satisfies Flags;

const childProcess = lazy(() => require("node:child_process") as typeof import("node:child_process"));

/** What the host's ps prints with these options: its header and a line for each process of the host. */
function hostProcesses(options: readonly string[]): string {
  const { status, error, stdout, stderr } = childProcess().spawnSync("ps", options, { encoding: "utf8" });
  if (error !== undefined) {
    throw new TsrunError("cannot run ps", { cause: error });
  }
  if (status !== 0) {
    throw new TsrunError(`ps ${options.join(" ")}: exit status ${status}: ${stderr.trim()}`);
  }
  return stdout;
}

/**
 * The header of ps and the lines of the processes in `pids`.
 * @throws {TsrunError} if the output has no column PID
 */
export function selectProcesses(output: string, pids: readonly number[]): string {
  const [header = "", ...lines] = output.split("\n");
  const column = header.trim().split(/\s+/).indexOf("PID");
  if (column < 0) {
    throw new TsrunError("couldn't find PID field in ps output");
  }
  const wanted = new Set(pids.map(String));
  const selected = lines.filter((line) => wanted.has(line.trim().split(/\s+/)[column] ?? ""));
  return [header, ...selected].map((line) => `${line}\n`).join("");
}

export function handler({ flags, positionals, runtime }: Invocation<typeof builder>): number {
  const [id = "", ...options] = positionals;
  const pids = processes(runtime, id);
  switch (flags.format) {
    case "table":
      print(selectProcesses(hostProcesses(options.length === 0 ? ["-ef"] : options), pids));
      return 0;
    case "json":
      print(`${goJson(pids.length === 0 ? null : pids)}\n`);
      return 0;
    default:
      throw new TsrunError("invalid format option");
  }
}
