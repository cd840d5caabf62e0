import { readText } from "./host-files.ts";

/** Name of a user in the host's /etc/passwd (passwd(5)); undefined where it has none. */
export function accountName(uid: number): string | undefined {
  return readPasswd()
    .split("\n")
    .map((line) => line.split(":"))
    .find(([, , id]) => id === String(uid))?.[0];
}

function readPasswd(): string {
  try {
    return readText("/etc/passwd");
  } catch {
    return "";
  }
}
