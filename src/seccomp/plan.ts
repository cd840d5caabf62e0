import { arch } from "node:process";
import { lazy } from "../base/lazy.ts";
import { log } from "../base/log.ts";
import type { Seccomp } from "../oci/types.ts";
import type { FilterPlan } from "./filter.ts";
import { listenerFlags, listenerOf } from "./listener.ts";

/** The compiler and its table of system calls: a container without a profile does not load them. */
const compiler = lazy(() => require("./compile.ts") as typeof import("./compile.ts"));

/**
 * Compiles a container's profile for this machine. Names that no architecture knows are left out with a warning: profiles
 * are written for newer kernels than the table's.
 * @throws TsrunError with the place in config.json
 */
export function planSeccomp(profile: Seccomp | undefined): FilterPlan | undefined {
  if (profile === undefined) return undefined;
  const { program, flags, unknown } = compiler().compileSeccomp(profile, arch === "arm64" ? "arm64" : "x64");
  if (unknown.length > 0) {
    log.warn(`ignoring unknown system calls in the seccomp profile: ${unknown.join(", ")}`);
  }
  const listener = listenerOf(profile);
  return { program, flags: listener === undefined ? flags : listenerFlags(flags, profile), listener };
}
