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
    const pointer = `/linux/sysctl/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    k.within(`setting sysctl ${name}`, pointer, () => {
      using file = proc.open(`sys/${sysctlPath(name)}`, O_WRONLY);
      writeText(k, file.number, value);
    });
  }
}

/** `net.ipv4.ip_forward` or `net/ipv4/ip_forward`; whichever separator comes first rules, the other is its escape (sysctl.d(5)). */
export function sysctlPath(name: string): string {
  const first = /[./]/.exec(name)?.[0];
  if (first !== ".") return name;
  return name.replace(/[./]/g, (separator) => (separator === "." ? "/" : "."));
}
