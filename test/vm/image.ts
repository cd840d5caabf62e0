// The VM's kernel and root file system: built once for what they are made of, kept in a cache that several runs and
// checkouts share.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { guestPackages, KERNEL_PACKAGE, KERNEL_SUITE, SUITE } from "./packages.ts";

/** The kernel's executable and the disk's file in an image's folder. */
export const KERNEL = "linux.uml";
export const DISK = "root.img";

const guestFolder = "test/vm/guest";
const LIBRARIES = ["usr/lib/x86_64-linux-gnu/libc.so.6", "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"];

/** Where images are kept. */
export function cacheFolder(): string {
  const { TSRUN_VM_CACHE: chosen, XDG_CACHE_HOME: cache } = process.env;
  return resolve(chosen ?? join(cache ?? join(homedir(), ".cache"), "tsrun/vm"));
}

/** What an image is made of; its packages are those that Debian has on the day. */
function imageKey(): string {
  const inputs = ["test/vm/image.ts", "test/vm/packages.ts"];
  const guest = readdirSync(guestFolder).map((name) => join(guestFolder, name));
  const hash = createHash("sha256");
  for (const file of [...inputs, ...guest].sort()) hash.update(`${file}\0${readFileSync(file, "utf8")}\0`);
  return hash.digest("hex").slice(0, 12);
}

/** Runs a command; what it prints is shown only when it fails. */
function run(command: string, args: readonly string[]): string {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  if (status !== 0) {
    const said = `${stdout ?? ""}${stderr ?? ""}`.trimEnd().split("\n").slice(-20).join("\n");
    throw new Error(`${command} failed: ${error?.message ?? `status ${status}`}\n${said}`);
  }
  return stdout;
}

/** The Debian mirror that this machine uses (apt-get(8), indextargets); another distribution has none. */
function mirror(): string {
  const filter = ["Created-By: Packages", "Origin: Debian", "Label: Debian"];
  const uris = run("apt-get", ["indextargets", "--format", "$(REPO_URI)", ...filter]).split("\n");
  return uris[0] || "http://deb.debian.org/debian";
}

/** How this machine's apt reaches its mirror: proxies, and whether it trusts a mirror that stands still. */
function aptOptions(): string[] {
  const wanted = /^Acquire::(http|https|Retries|Check)\S* "[^"]*";$/;
  return run("apt-config", ["dump"])
    .split("\n")
    .filter((line) => wanted.test(line));
}

/** Debian's packages of a release in a new folder (mmdebstrap(1)). */
function debootstrap(
  variant: string,
  suite: string,
  packages: readonly string[],
  more: string[],
  folder: string,
) {
  const options = [...aptOptions(), 'Acquire::Languages "none"'].map((option) => `--aptopt=${option}`);
  const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
  run("mmdebstrap", [
    ...["--mode=root", `--variant=${variant}`, `--include=${packages.join(",")}`],
    ...options,
    ...more,
    ...[suite, folder, `deb [signed-by=${keyring}] ${mirror()} ${suite} main`],
  ]);
}

/** User-mode Linux is a program for a newer Debian than this machine may have: it gets that one's C library. */
function placeKernel(from: string, folder: string, home: string): void {
  const files = [`usr/bin/${KERNEL}`, ...LIBRARIES].map((path) => join(from, path));
  run("cp", ["--dereference", ...files, folder]);
  const interpreter = join(home, "ld-linux-x86-64.so.2");
  run("patchelf", ["--set-interpreter", interpreter, "--set-rpath", home, join(folder, KERNEL)]);
}

function placeModules(from: string, root: string): void {
  const modules = join(from, "usr/lib/uml/modules");
  for (const version of readdirSync(modules)) {
    run("cp", ["-a", join(modules, version), join(root, "usr/lib/modules/")]);
    run("chroot", [root, "depmod", version]);
  }
}

/** @param work an empty folder; @param home where what is built will lie */
function build(work: string, home: string): string {
  const [kernel, root, image] = [join(work, "kernel"), join(work, "root"), join(work, "image")];
  mkdirSync(image);
  debootstrap("extract", KERNEL_SUITE, [KERNEL_PACKAGE], [], kernel);
  placeKernel(kernel, image, home);
  const lean = ["doc", "man", "locale", "info"].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);
  const setup = `--customize-hook=sh ${resolve(guestFolder, "setup.sh")} "$1"`;
  debootstrap("minbase", SUITE, guestPackages, ["--dpkgopt=force-unsafe-io", ...lean, setup], root);
  mkdirSync(join(root, "usr/lib/modules"), { recursive: true });
  placeModules(kernel, root);
  run("mke2fs", ["-q", "-t", "ext4", "-O", "^has_journal", "-d", root, join(image, DISK), "4G"]);
  return image;
}

/** Two may have built it at once: the first one's is everybody's. */
function publish(image: string, home: string): void {
  try {
    renameSync(image, home);
  } catch (error) {
    if (!existsSync(home)) throw error;
  }
}

/** The image's folder. Builds it when it is missing. */
export function ensureImage(report: (line: string) => void): string {
  const cache = cacheFolder();
  const home = join(cache, imageKey());
  mkdirSync(cache, { recursive: true });
  if (existsSync(home)) return home;
  const started = Date.now();
  report(`building the VM's image in ${home} (half a minute)`);
  const work = join(cache, `build-${process.pid}`);
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work);
  try {
    publish(build(work, home), home);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  report(`the image is built: ${((Date.now() - started) / 1000).toFixed(0)} s`);
  return home;
}
