import { bitMask, LAST_CPU, parseCpuList } from "../oci/cpu-list.ts";
import type { ExecCpuAffinity } from "../oci/types.ts";
import type { Executor } from "../sys/executor.ts";
import { local } from "../sys/local.ts";
import { allowAllCpus, getAffinity, setAffinity } from "../sys/scheduling.ts";

/**
 * CPUs of a process that `exec` starts while it is not yet in the container's cgroup: with a list, it is not put on one
 * of the container's busy CPUs as it enters (runc#3922). The container's own process has no such list (config.md).
 * @throws TsrunError
 */
export function applyInitialAffinity(k: Executor, { initial = "" }: ExecCpuAffinity = {}): void {
  if (initial !== "") pin(k, "initial", initial);
}

/**
 * The same for a process that `clone` makes and that is born in the cgroup: it has the CPUs of this thread, which gets its
 * own back. @throws TsrunError
 */
export function withInitialAffinity<T>(affinity: ExecCpuAffinity | undefined, clone: () => T): T {
  if ((affinity?.initial ?? "") === "") return clone();
  const own = getAffinity(local);
  applyInitialAffinity(local, affinity);
  try {
    return clone();
  } finally {
    setAffinity(local, own, "the runtime's own CPUs");
  }
}

/**
 * Its CPUs once it is in the cgroup: those of its own list, or all that the cgroup allows. @throws TsrunError
 */
export function applyFinalAffinity(k: Executor, { final = "" }: ExecCpuAffinity = {}): void {
  if (final === "") allowAllCpus(k);
  else pin(k, "final", final);
}

function pin(k: Executor, name: "initial" | "final", list: string): void {
  const ranges = parseCpuList(list, LAST_CPU);
  const mask = bitMask(typeof ranges === "string" ? [] : ranges);
  k.within(`setting the ${name} CPU affinity`, `/process/execCPUAffinity/${name}`, () =>
    setAffinity(k, mask, list),
  );
}
