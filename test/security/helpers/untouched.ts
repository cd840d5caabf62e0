import type { Canary } from "./canary.ts";
import { watchHostMounts } from "./host-mounts.ts";
import type { Verdict } from "./proves.ts";

/** Carries out an attack that must change neither the canaries nor the host's mounts. */
export function untouched(canaries: readonly Canary[], attack: () => Verdict): Verdict {
  const mounts = watchHostMounts();
  const verdict = attack();
  if (verdict !== "held") return verdict;
  const changes = [...canaries.flatMap((canary) => canary.changes()), ...mounts()];
  return changes.length === 0 ? "held" : `broken: ${changes.join("; ")}`;
}
