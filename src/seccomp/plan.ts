import { lazy } from "../base/lazy.ts";
import { log } from "../base/log.ts";
import type { Seccomp } from "../oci/types.ts";
import type { Machine } from "./architectures.ts";
import type { CompiledFilter, FilterPlan } from "./filter.ts";
import { listenerFlags, listenerOf } from "./listener.ts";
import { permitsWrite } from "./mute.ts";

/** The compiler and its table of system calls: without a profile, or with one that was compiled before, they stay away. */
const compiler = lazy(() => require("./compile.ts") as typeof import("./compile.ts"));
const cache = lazy(() => require("./cache.ts") as typeof import("./cache.ts"));
const writer = lazy(() => require("./cache-writer.ts") as typeof import("./cache-writer.ts"));

/**
 * Compiles a container's profile for this machine. Names that no architecture knows are left out with a warning: profiles
 * are written for newer kernels than the table's.
 * @param directory where compiled filters are kept, if anywhere (cache.ts)
 * @throws TsrunError with the place in config.json
 */
export function planSeccomp(profile: Seccomp | undefined, directory?: string): FilterPlan | undefined {
  if (profile === undefined) return undefined;
  const { program, flags, unknown } = filterOf(profile, directory);
  if (unknown.length > 0) {
    log.warn(`ignoring unknown system calls in the seccomp profile: ${unknown.join(", ")}`);
  }
  const listener = listenerOf(profile);
  const isMute = !permitsWrite(profile);
  return { program, flags: listener === undefined ? flags : listenerFlags(flags, profile), listener, isMute };
}

/** What the filters of this machine are compiled for. */
export function ownMachine(): Machine {
  return process.arch === "arm64" ? "arm64" : "x64";
}

function filterOf(profile: Seccomp, directory: string | undefined): CompiledFilter {
  const machine = ownMachine();
  if (directory === undefined) return compiler().compileSeccomp(profile, machine);
  const name = cache().filterName(profile, machine);
  const kept = cache().loadFilter(directory, name);
  if (kept !== undefined) return kept;
  const filter = compiler().compileSeccomp(profile, machine);
  writer().storeFilter(directory, name, filter);
  return filter;
}
