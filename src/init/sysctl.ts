import { TsrunError } from "../base/errors.ts";
import type { Executor } from "../sys/executor.ts";
import {
  AT_FDCWD,
  fileSystemType,
  O_DIRECTORY,
  O_PATH,
  O_WRONLY,
  openat,
  openat2,
  RESOLVE_BENEATH,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
  writeText,
} from "../sys/files.ts";

const PROC_SUPER_MAGIC = 0x9fa0;

/**
 * Writes `linux.sysctl` in init, whose namespaces the kernel's parameters belong to. /proc is opened while the host's
 * tree is still the root, must be a procfs, and nothing mounted over a part of it is followed (CVE-2025-52881).
 */
export function writeSysctls(k: Executor, sysctls: { readonly [name: string]: string }): void {
  const entries = Object.entries(sysctls);
  if (entries.length === 0) return;
  using proc = openat(k, AT_FDCWD, "/proc", O_PATH | O_DIRECTORY);
  if (fileSystemType(k, proc.number) !== PROC_SUPER_MAGIC)
    throw new TsrunError("/proc is not a proc file system");
  for (const [name, value] of entries) {
    k.within(
      `setting sysctl ${name}`,
      `/linux/sysctl/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`,
      () => {
        const resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
        using file = openat2(k, proc.number, `sys/${sysctlPath(name)}`, { flags: O_WRONLY, resolve });
        writeText(k, file.number, value);
      },
    );
  }
}

/** `net.ipv4.ip_forward` or `net/ipv4/ip_forward`; whichever separator comes first rules, the other is its escape (sysctl.d(5)). */
export function sysctlPath(name: string): string {
  const first = /[./]/.exec(name)?.[0];
  if (first !== ".") return name;
  return name.replace(/[./]/g, (separator) => (separator === "." ? "/" : "."));
}
