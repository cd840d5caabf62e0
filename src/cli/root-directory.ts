import { TsrunError } from "../base/errors.ts";
import { isRoot } from "../base/own-process.ts";
import { AT_FDCWD, fchmodat } from "../sys/files.ts";
import { makeDirectory } from "../sys/host-directories.ts";
import { readText } from "../sys/host-files.ts";
import { local } from "../sys/local.ts";

const systemRoot = "/run/tsrun";

/** Whether uid_map is that of the initial user namespace: everything, mapped to itself. */
function inUserNamespace(): boolean {
  return !/^\s*0\s+0\s+4294967295\s*$/.test(readText("/proc/self/uid_map"));
}

/**
 * Whether the caller's own run-time directory counts: for everyone but root, and for a root that is so only in a user
 * namespace, unless `USER=root` says that the namespace's root is meant (runc's rule).
 */
function honoursRuntimeDirectory(): boolean {
  const { USER: user } = process.env;
  return !isRoot() || (inUserNamespace() && user !== "root");
}

/**
 * Where the containers' state is kept without `--root`. The directory under XDG_RUNTIME_DIR is made at once and gets
 * the sticky bit, which the XDG base directory specification asks for against periodic clean-up.
 * @param makes whether it is made; not for who only looks at the host
 */
export function defaultRoot(makes = true): string {
  const { XDG_RUNTIME_DIR: runtimeDirectory = "" } = process.env;
  if (runtimeDirectory === "" || !honoursRuntimeDirectory()) {
    return systemRoot;
  }
  const root = `${runtimeDirectory}/tsrun`;
  if (!makes) return root;
  try {
    // Not what is above it: XDG_RUNTIME_DIR is the login's to make.
    makeDirectory(root, 0o700);
    fchmodat(local, AT_FDCWD, root, 0o1700);
  } catch (cause) {
    throw new TsrunError("the directory in $XDG_RUNTIME_DIR cannot be used", { cause, hint: "set --root" });
  }
  return root;
}
