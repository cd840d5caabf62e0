import { about, type ConfigFile, readConfigFile, removeFile, writeConfigFile } from "./config-file.ts";
import type { Setup, Wish } from "./setup.ts";

/** What is to become of a configuration. */
export interface Change {
  readonly file: ConfigFile;
  /** Undefined for no file. */
  readonly after: string | undefined;
  /** What becomes of the file's backup: it is written anew, goes, or stays as it is. */
  readonly backup: "write" | "remove" | "keep";
}

/**
 * Whether a configuration is what install makes of the backup (or of nothing), at once or in two steps, so that going back
 * is to the byte. Else somebody has changed it since, and tsrun's parts are taken out of what is there.
 */
function isUntouched(setup: Setup, text: string, { backup }: ConfigFile): boolean {
  if (backup !== undefined && setup.find(backup) !== undefined) return false;
  const program = setup.find(text) ?? "";
  const plain = setup.install(backup, { program, asDefault: false });
  return [
    () => plain,
    () => setup.install(backup, { program, asDefault: true }),
    () => setup.install(plain, { program, asDefault: true }),
  ].some((made) => made() === text);
}

/** What install would do; nothing if `after` is the file's text. @throws TsrunError for a file that is not understood */
export function planInstall(setup: Setup, path: string, wish: Wish): Change {
  const file = readConfigFile(path);
  const { text, backup } = file;
  const after = about(path, () => setup.install(text, wish));
  if (text === undefined) return { file, after, backup: "remove" };
  // What was before is known: it lies in the backup, or there was nothing.
  const known = setup.find(text) !== undefined && (backup !== undefined || isUntouched(setup, text, file));
  return { file, after, backup: known ? "keep" : "write" };
}

/** What uninstall would do; nothing if `after` is the file's text. @throws TsrunError for a file that is not understood */
export function planUninstall(setup: Setup, path: string): Change {
  const file = readConfigFile(path);
  const { text, backup, backupPath } = file;
  if (text === undefined || about(path, () => setup.find(text)) === undefined) {
    return { file, after: text, backup: "keep" };
  }
  if (about(backupPath, () => isUntouched(setup, text, file))) {
    return { file, after: backup, backup: "remove" };
  }
  return { file, after: about(path, () => setup.uninstall(text, backup)), backup: "keep" };
}

/** Writes what was planned. @throws node:fs's errors */
export function carryOut({ file, after, backup }: Change): void {
  if (after === undefined) removeFile(file.path);
  else writeConfigFile(file, after, backup === "write");
  if (backup === "remove") removeFile(file.backupPath);
}
