import { chmodSync, mkdirSync, readFileSync } from "node:fs";
import { TsrunError } from "../base/errors.ts";

const systemRoot = "/run/tsrun";

/** Whether uid_map is that of the initial user namespace: everything, mapped to itself. */
function inUserNamespace(): boolean {
  return !/^\s*0\s+0\s+4294967295\s*$/.test(readFileSync("/proc/self/uid_map", "utf8"));
}

/**
 * Whether the caller's own run-time directory counts: for everyone but root, and for a root that is so only in a user
 * namespace, unless `USER=root` says that the namespace's root is meant (runc's rule).
 */
function honoursRuntimeDirectory(): boolean {
  const { USER: user } = process.env;
  return process.geteuid?.() !== 0 || (inUserNamespace() && user !== "root");
}

/** Not recursive: XDG_RUNTIME_DIR itself is the login's to make, and Node's recursive mkdir never ends below /proc. */
function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
      throw error;
    }
  }
}

/**
 * Where the containers' state is kept without `--root`. The directory under XDG_RUNTIME_DIR is made at once and gets
 * the sticky bit, which the XDG base directory specification asks for against periodic clean-up.
 */
export function defaultRoot(): string {
  const { XDG_RUNTIME_DIR: runtimeDirectory = "" } = process.env;
  if (runtimeDirectory === "" || !honoursRuntimeDirectory()) {
    return systemRoot;
  }
  const root = `${runtimeDirectory}/tsrun`;
  try {
    makeDirectory(root);
    chmodSync(root, 0o1700);
  } catch (cause) {
    throw new TsrunError("the directory in $XDG_RUNTIME_DIR cannot be used", { cause, hint: "set --root" });
  }
  return root;
}
