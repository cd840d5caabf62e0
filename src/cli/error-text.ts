import { chainOf, messageOf, TsrunError } from "../base/errors.ts";
import { ExecError } from "../base/exec-error.ts";
import { nodeErrorText } from "../base/node-error.ts";
import { harmless } from "./log-format.ts";

function ownText(link: unknown): string {
  const nodeText = link instanceof Error ? nodeErrorText(link) : undefined;
  return nodeText ?? messageOf(link);
}

/** Joins the texts with ": ", leaving out what the text above it already ends with. */
function join(texts: readonly string[]): string {
  return texts.reduce((joined, text) =>
    text === "" || joined.endsWith(text) ? joined : `${joined}: ${text}`,
  );
}

/** The link nearest to the fault that has a detail. */
function innermost(chain: readonly unknown[], detail: "hint" | "pointer"): TsrunError | undefined {
  const links = chain.filter((link) => link instanceof TsrunError);
  return links.findLast((link) => link[detail] !== undefined);
}

/** Where in which document the fault lies, in parentheses; that of a program to be executed may lie elsewhere. */
function placeOf(chain: readonly unknown[]): string {
  const link = innermost(chain, "pointer");
  if (link?.pointer === undefined) return "";
  const pointer = link.pointer === "" ? "/" : link.pointer;
  const executed = chain.find((each) => each instanceof ExecError);
  const place =
    executed === undefined ? `${link.document ?? "config.json"}: ${pointer}` : executed.placeOf(pointer);
  return place === undefined ? "" : ` (${place})`;
}

/** Longer lines tell nobody more: names out of config.json may have any length. */
const longest = 16_384;

/** One line that a terminal shows as it is: what steers one is escaped, as in JSON. */
function oneLine(text: string): string {
  const lines = text.split("\n").map((each) => each.trim());
  const line = lines.filter((each) => each !== "").join("; ");
  const shown = harmless(line);
  return shown.length <= longest ? shown : `${shown.slice(0, longest)} …`;
}

/**
 * An error and its causes as one line: `what failed: why (config.json: /process/args); what can be done`.
 *
 * It is one line because engines and people read the last line of stderr.
 */
export function errorText(thrown: unknown): string {
  const chain = chainOf(thrown);
  const hint = innermost(chain, "hint")?.hint;
  const place = placeOf(chain);
  const advice = hint === undefined ? "" : `; ${hint}`;
  return oneLine(`${join(chain.map(ownText))}${place}${advice}`);
}
