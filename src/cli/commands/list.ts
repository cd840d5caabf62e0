import { TsrunError } from "../../base/errors.ts";
import { list } from "../../container/list.ts";
import type { StateDocument } from "../../container/state.ts";
import type { Flags, Invocation } from "../flags.ts";
import { goJson } from "../go-json.ts";
import { print } from "../output.ts";
import { orderedState } from "../state-json.ts";
import { formatTable } from "../table.ts";

export const command = "list";
export const describe = "list the containers of the state directory (--root)";
export const builder = {
  format: {
    type: "string",
    alias: "f",
    default: "table",
    choices: ["table", "json"],
    describe: "form of the output",
  },
  quiet: { type: "boolean", alias: "q", describe: "print the containers' ids alone" },
} as const satisfies Flags;

const header = ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"] as const;

function cells({ id, pid, status, bundle, created, owner }: StateDocument): string[] {
  return [id, String(pid), status, bundle, created, owner];
}

function listing(format: string, quiet: boolean, states: readonly StateDocument[]): string {
  if (quiet) {
    return states.map(({ id }) => `${id}\n`).join("");
  }
  switch (format) {
    case "table":
      return formatTable([header, ...states.map(cells)]);
    case "json":
      // An empty Go slice is null, and runc's callers have learned to expect it.
      return `${goJson(states.length === 0 ? null : states.map(orderedState))}\n`;
    default:
      throw new TsrunError("invalid format option");
  }
}

export function handler({ flags: { format, quiet }, runtime }: Invocation<typeof builder>): number {
  print(listing(format, quiet, list(runtime)));
  return 0;
}
