import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** A file's text without its last line feed; undefined where it cannot be read. */
export function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trimEnd();
  } catch {
    return undefined;
  }
}

/** The number in a file; undefined where there is none. */
export function numberIn(path: string): number | undefined {
  const text = textOf(path);
  return text === undefined || !/^\d+$/.test(text.trim()) ? undefined : Number(text);
}

/** Whether this process may write to what is there (access(2)); asks, and writes nothing. */
export function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Path of a program, as execvp(3) finds it. */
export function findProgram(name: string): string | undefined {
  const { PATH = "" } = process.env;
  return PATH.split(delimiter)
    .map((directory) => join(directory, name))
    .find((path) => existsSync(path));
}
