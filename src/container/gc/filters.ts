import { filterName } from "../../seccomp/cache.ts";
import { unusedFilters } from "../../seccomp/cache-garbage.ts";
import { ownMachine } from "../../seccomp/plan.ts";
import { removeFile } from "../../sys/host-directories.ts";
import { exists } from "../../sys/host-files.ts";
import { ContainerDirectory } from "../directory.ts";
import { containerIds } from "../list.ts";
import type { RuntimeOptions } from "../options.ts";
import { keptFilters } from "../process-plans.ts";
import { savedConfig } from "../saved-config.ts";
import type { Heap } from "./leftover.ts";

/** Seccomp filters that were kept for later containers, and that nobody has asked for; each alone. */
export function staleFilters(options: RuntimeOptions): Heap[] {
  const directory = keptFilters(options.root);
  if (!exists(directory)) return [];
  return unusedFilters(directory, namesInUse(options), Date.now()).map(({ path, reason }) => ({
    leftovers: [{ kind: "seccomp filter", path, reason }],
    remove: () => void removeFile(path),
  }));
}

function namesInUse(options: RuntimeOptions): Set<string> {
  const names = containerIds(options).flatMap((id) => {
    try {
      const seccomp = savedConfig(ContainerDirectory.of(options, id)).linux?.seccomp;
      return seccomp === undefined ? [] : [filterName(seccomp, ownMachine())];
    } catch {
      // Who cannot be read has its filter already; the next container like it compiles it again.
      return [];
    }
  });
  return new Set(names);
}
