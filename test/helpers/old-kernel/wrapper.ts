// A kernel that looks old: how the test runner makes one, and which tests cannot pass on it.
import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync } from "node:fs";
import { resolve } from "node:path";
import { env } from "node:process";

const source = "test/helpers/old-kernel/old-kernel.c";

/** Builds the program that hides the newer system calls from what it executes, and returns its path. */
export function buildOldKernel(): string {
  const tool = resolve("build/old-kernel");
  const draft = `${tool}.${process.pid}`;
  mkdirSync("build", { recursive: true });
  execFileSync("gcc", ["-O1", "-Wall", "-Wextra", "-Werror", "-o", draft, source]);
  renameSync(draft, tool);
  return tool;
}

/** Set by the test runner for tests that it runs through `old-kernel`. */
export const OLD_KERNEL = "TSRUN_OLD_KERNEL";

/** What a kernel without the calls that `old-kernel` hides cannot do, whatever a runtime tries. */
export const oldKernelGaps: readonly (readonly [test: RegExp, reason: string])[] = [
  [
    /^a (sysctl is set|time namespace is entered) past/,
    "without fsopen there is no /proc but the one that is covered: it is refused",
  ],
  [
    /^(an )?id-mapped mounts? (?!is refused)|^ridmap|id-mapped mount (of a file system that|whose source)/,
    "mounts have mapped ids since Linux 5.12",
  ],
  [/^create names the mount option that the kernel refuses/, "mount(2) does not tell which option it is"],
  [
    /^init covers masked and read-only paths once the root has changed/,
    "without open_tree they are covered before: mounts are made in a place that is gone then",
  ],
  [/^init's mounts come before the change of the root/, "fsmount is what it looks for"],
  [/^init's last batch waits|^init makes no call between/, "close_range is what they look for"],
  [/^init becomes root of its user namespace/, "files that are mounted on are made by mknod, as it forbids"],
  [
    /^delete --force removes what a SIGKILL/,
    "mounts go with init, whichever calls made them: what a killed runtime leaves is the same",
  ],
  [/recursive attribute/, "attributes of a whole tree of mounts are set since Linux 5.12"],
  [/^nothing of \/proc\/sys .* says strace/, "openat2 is what it looks for"],
  [
    /needs no way to its source (but the runtime's|either)/,
    "open_tree(2) of Linux 5.2 takes mounts from one namespace to another",
  ],
  [/however many bytes they take/, "mount(2) takes a page of options"],
];

/** Why a test is excused on a kernel that looks old, if these tests run on one and it is. */
export function oldKernelGap(test: string): string | undefined {
  if (env[OLD_KERNEL] === undefined) return undefined;
  return oldKernelGaps.find(([pattern]) => pattern.test(test))?.[1];
}
