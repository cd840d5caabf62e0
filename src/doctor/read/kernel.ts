import { existsSync } from "node:fs";
import { local } from "../../sys/local.ts";
import { kernelRelease } from "../../sys/uname.ts";
import { textOf } from "./text.ts";

/** The kernel, and what it was built with. */
export interface KernelFacts {
  /** `6.1.0-18-amd64` */
  readonly release: string;
  /** As Node names it: `x64`, `arm64`. */
  readonly architecture: string;
  readonly timeNamespaces: boolean;
  readonly keyrings: boolean;
  /** Whether the kernel measures pressure (PSI); it may be built with that and not booted with it. */
  readonly pressure: "measured" | "off" | "none";
  /** Whether it knows the file system of Intel RDT, and whether that is mounted. */
  readonly resctrl: "mounted" | "known" | "none";
}

export function readKernel(): KernelFacts {
  return {
    release: kernelRelease(local),
    architecture: process.arch,
    timeNamespaces: existsSync("/proc/self/ns/time"),
    keyrings: existsSync("/proc/keys"),
    pressure: readPressure(),
    resctrl: readResctrl(),
  };
}

/** Booted with psi=0 the kernel has the files, and refuses to read them (Documentation/accounting/psi.rst). */
function readPressure(): KernelFacts["pressure"] {
  if (!existsSync("/proc/pressure/memory")) return "none";
  return textOf("/proc/pressure/memory") === undefined ? "off" : "measured";
}

function readResctrl(): KernelFacts["resctrl"] {
  if (/ - resctrl /.test(textOf("/proc/self/mountinfo") ?? "")) return "mounted";
  return /\tresctrl$/m.test(textOf("/proc/filesystems") ?? "") ? "known" : "none";
}
