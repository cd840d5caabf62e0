/**
 * No file of more than 400 lines, no function of more than 60 (style.md). Functions are found by their shape: this works
 * because Biome formats every file, so that a function's closing brace stands alone at the indentation of the line that
 * opened it.
 */
import { readFileSync } from "node:fs";
import { listSources } from "./sources.ts";

const MAX_FILE_LINES = 400;
const MAX_FUNCTION_LINES = 60;

/** The line that opens a function's body: a declaration, a method, or an arrow with a block. */
const opens =
  /^(\s*)(?:export |default |async |static |private |override |get |set )*(?:function\b.*|(?:const|let) [\w$]+.*=>|[#\w$]+(?:<.*>)?\(.*\)(?:: .*)?) \{$|^(\s*).*=> \{$|^(\s*)\)(?:: .*)? (?:=> )?\{$/;
const statement = /^\s*(?:if|for|while|switch|catch|else|do|try|with|return)\b/;

/** Functions of a formatted source with the number of their lines. */
export function functionSizes(source: string): { line: number; length: number }[] {
  const lines = source.split("\n");
  return lines.flatMap((text, index) => {
    const match = statement.test(text) ? null : opens.exec(text);
    if (match === null) {
      return [];
    }
    const indentation = match[1] ?? match[2] ?? match[3] ?? "";
    const closing = new RegExp(`^${indentation}\\}`);
    const end = lines.findIndex((line, at) => at > index && closing.test(line));
    return end === -1 ? [] : [{ line: index + 1, length: end - index + 1 }];
  });
}

function faultsOf(file: string): string[] {
  const source = readFileSync(file, "utf8");
  const length = source.split("\n").length - 1;
  const long = functionSizes(source).filter((each) => each.length > MAX_FUNCTION_LINES);
  return [
    ...(length > MAX_FILE_LINES ? [`${file} has ${length} lines, more than ${MAX_FILE_LINES}`] : []),
    ...long.map(
      (each) => `${file}:${each.line} is a function of ${each.length} lines, more than ${MAX_FUNCTION_LINES}`,
    ),
  ];
}

/** Every file and function of the project that is too long. */
export function findSizeFaults(): string[] {
  return ["src", "scripts", "test"].flatMap(listSources).flatMap(faultsOf);
}
