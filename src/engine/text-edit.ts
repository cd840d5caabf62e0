/** So deep arrays and tables may lie in each other: engines' files have a few levels, and a stack has an end. */
export const MAX_DEPTH = 100;

/** A stretch of a text, and what it becomes. Everything outside of edits stays byte for byte. */
export interface Edit {
  readonly start: number;
  /** After the last character; `start` for an insertion. */
  readonly end: number;
  readonly text: string;
}

/** The text with all edits, whose stretches must not overlap. Insertions at one place keep their order. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = "";
  let at = 0;
  for (const { start, end, text: replacement } of [...edits].sort((a, b) => a.start - b.start)) {
    result += text.slice(at, start) + replacement;
    at = end;
  }
  return result + text.slice(at);
}

/** How the text ends its lines: as it ends the first. */
export function lineEnding(text: string): "\n" | "\r\n" {
  return /^[^\n]*\r\n/.test(text) ? "\r\n" : "\n";
}

/** Where the line of an offset begins. */
export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** Where the next line begins; the text's length for the last one. */
export function nextLine(text: string, offset: number): number {
  const newline = text.indexOf("\n", offset);
  return newline === -1 ? text.length : newline + 1;
}

/** The spaces and tabs that the line of an offset begins with. */
export function indentationAt(text: string, offset: number): string {
  const pattern = /[ \t]*/y;
  pattern.lastIndex = lineStart(text, offset);
  return pattern.exec(text)?.[0] ?? "";
}
