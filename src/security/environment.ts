const DEFAULT_HOME = "/";
/** Places of the fields in a line of passwd(5). */
const UID = 2;
const HOME = 5;

/**
 * The home directory of a user by the text of a passwd(5) file: the first line with that number wins; "/" where there
 * is none, as with runc, or none that an environment can hold. A line whose name is made of digits says nothing about that number (CVE-2016-3697).
 */
export function homeOf(passwd: string, uid: number): string {
  const fields = passwd
    .split("\n")
    .map((line) => line.split(":"))
    .find((line) => line.length > HOME && line[UID] === String(uid));
  const home = fields?.[HOME] ?? "";
  return home === "" || home.includes("\0") ? DEFAULT_HOME : home;
}

/**
 * The environment of the container's process: of a variable that occurs twice the last value counts, and HOME is
 * added where it is missing or empty, as with runc.
 * @param entries NAME=VALUE each
 * @param home asked for only when needed: it reads the container's /etc/passwd
 */
export function processEnvironment(entries: readonly string[], home: () => string): string[] {
  const variables = new Map<string, string>();
  for (const entry of entries) {
    const equals = entry.indexOf("=");
    const name = entry.slice(0, equals);
    // The last one's place in the order, too.
    variables.delete(name);
    variables.set(name, entry.slice(equals + 1));
  }
  if ((variables.get("HOME") ?? "") === "") variables.set("HOME", home());
  return [...variables].map(([name, value]) => `${name}=${value}`);
}
