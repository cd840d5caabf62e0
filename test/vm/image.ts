// The VM's kernel and root file system: built once for what they are made of, kept in a cache that several runs and
// checkouts share.
import { mkdirSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { cacheFolder, ensureBuilt, keyOf } from "../helpers/build-cache.ts";
import { makeDebianTree, runQuietly } from "../helpers/debian-tree.ts";
import { guestPackages, KERNEL_PACKAGE, KERNEL_SUITE, SUITE } from "./packages.ts";

/** The kernel's executable and the disk's file in an image's folder. */
export const KERNEL = "linux.uml";
export const DISK = "root.img";

const guestFolder = "test/vm/guest";
const LIBRARIES = ["usr/lib/x86_64-linux-gnu/libc.so.6", "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"];

/** What an image is made of; its packages are those that Debian has on the day. */
function imageKey(): string {
  const inputs = ["test/vm/image.ts", "test/vm/packages.ts", "test/helpers/debian-tree.ts"];
  return keyOf([...inputs, ...readdirSync(guestFolder).map((name) => join(guestFolder, name))]);
}

/** User-mode Linux is a program for a newer Debian than this machine may have: it gets that one's C library. */
function placeKernel(from: string, folder: string, home: string): void {
  const files = [`usr/bin/${KERNEL}`, ...LIBRARIES].map((path) => join(from, path));
  runQuietly("cp", ["--dereference", ...files, folder]);
  const interpreter = join(home, "ld-linux-x86-64.so.2");
  runQuietly("patchelf", ["--set-interpreter", interpreter, "--set-rpath", home, join(folder, KERNEL)]);
}

function placeModules(from: string, root: string): void {
  const modules = join(from, "usr/lib/uml/modules");
  for (const version of readdirSync(modules)) {
    runQuietly("cp", ["-a", join(modules, version), join(root, "usr/lib/modules/")]);
    runQuietly("chroot", [root, "depmod", version]);
  }
}

/** @param work an empty folder; @param home where what is built will lie */
function build(work: string, home: string): string {
  const [kernel, root, image] = [join(work, "kernel"), join(work, "root"), join(work, "image")];
  mkdirSync(image);
  makeDebianTree({ variant: "extract", suite: KERNEL_SUITE, packages: [KERNEL_PACKAGE] }, kernel);
  placeKernel(kernel, image, home);
  const setup = `--customize-hook=sh ${resolve(guestFolder, "setup.sh")} "$1"`;
  makeDebianTree({ variant: "minbase", suite: SUITE, packages: guestPackages, flags: [setup] }, root);
  mkdirSync(join(root, "usr/lib/modules"), { recursive: true });
  placeModules(kernel, root);
  runQuietly("mke2fs", ["-q", "-t", "ext4", "-O", "^has_journal", "-d", root, join(image, DISK), "4G"]);
  return image;
}

/** The image's folder. Builds it when it is missing. */
export function ensureImage(report: (line: string) => void): string {
  const home = join(cacheFolder("vm", process.env["TSRUN_VM_CACHE"]), imageKey());
  return ensureBuilt({ what: "the VM's image", home, make: build }, report);
}
