// What is needed of node:path, with its results for POSIX: loading that module costs every command 0.3 ms.

/** An absolute path without empty names, "." and "..", and without a slash at its end. */
function normalizeAbsolute(path: string): string {
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return `/${names.join("/")}`;
}

/** `path` as an absolute path, relative to `base`, which is absolute itself. ".." does not lead above "/". */
export function resolvePath(base: string, path: string): string {
  return normalizeAbsolute(path.startsWith("/") ? path : `${base}/${path}`);
}

/** `path` as an absolute path, relative to the working directory. */
export function absolutePath(path: string): string {
  return resolvePath(path.startsWith("/") ? "/" : process.cwd(), path);
}

/** The directory that holds what an absolute path leads to; "/" for "/". */
export function directoryOf(path: string): string {
  return resolvePath(path, "..");
}

/** The last name of a path; "" for "/". */
export function lastName(path: string): string {
  return normalizeAbsolute(path).slice(1).split("/").at(-1) ?? "";
}
