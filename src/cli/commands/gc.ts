import { TsrunError } from "../../base/errors.ts";
import { type Collected, collectGarbage } from "../../container/gc/gc.ts";
import { errorText } from "../error-text.ts";
import type { Flags, Invocation } from "../flags.ts";
import { goJson } from "../go-json.ts";
import { print } from "../output.ts";
import { reportFormat } from "../report-format.ts";
import { formatTable } from "../table.ts";

export const command = "gc";
export const describe = "remove what commands left that were killed; what lives or is somebody's stays";
/** Nothing is made where it is missing. */
export const onlyLooks = true;
export const builder = {
  "dry-run": { type: "boolean", describe: "show what there is, remove nothing" },
  format: reportFormat,
} as const satisfies Flags;

const header = ["WHAT", "WHERE", "WHY"] as const;

function table(found: readonly Collected[], dryRun: boolean): string {
  if (found.length === 0) return "Nothing to remove\n";
  const rows = found.map(({ kind, path, reason, failure }) => [
    kind,
    path,
    failure === undefined ? reason : `${reason}; it stays: ${errorText(failure)}`,
  ]);
  return `${formatTable([header, ...rows])}${dryRun ? "Nothing removed\n" : ""}`;
}

function json(found: readonly Collected[]): string {
  const documents = found.map(({ failure, ...rest }) =>
    failure === undefined ? rest : { ...rest, error: errorText(failure) },
  );
  return `${goJson(documents, "  ")}\n`;
}

function report(format: string, found: readonly Collected[], dryRun: boolean): string {
  switch (format) {
    case "text":
      return table(found, dryRun);
    case "json":
      return json(found);
    default:
      throw new TsrunError("invalid format option");
  }
}

export function handler({ flags, runtime }: Invocation<typeof builder>): number {
  const dryRun = flags["dry-run"];
  // Before anything is removed of which nobody would be told.
  report(flags.format, [], dryRun);
  const found = collectGarbage(runtime, dryRun);
  print(report(flags.format, found, dryRun));
  const left = found.filter(({ failure }) => failure !== undefined).length;
  if (left > 0) throw new TsrunError(`${left} of ${found.length} leftovers could not be removed`);
  return 0;
}
