import { pointerToken } from "../oci/fault.ts";
import { sysctlParts } from "../oci/sysctl-name.ts";
import type { Executor } from "../sys/executor.ts";
import { O_WRONLY, writeText } from "../sys/files.ts";
import { Procfs } from "../sys/procfs.ts";

/**
 * Writes `linux.sysctl` in init, whose namespaces the kernel's parameters belong to; while the host's tree is still the
 * root, as its /proc is what the kernel may leave us with.
 */
export function writeSysctls(k: Executor, sysctls: { readonly [name: string]: string }): void {
  const entries = Object.entries(sysctls);
  if (entries.length === 0) return;
  using proc = Procfs.open(k, "all");
  for (const [name, value] of entries) {
    const pointer = `/linux/sysctl/${pointerToken(name)}`;
    k.within(`setting sysctl ${name}`, pointer, () => {
      using file = proc.open(`sys/${sysctlParts(name).join("/")}`, O_WRONLY);
      writeText(k, file.number, value);
    });
  }
}
