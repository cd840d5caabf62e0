// Trees of Debian's packages, made by mmdebstrap(1) out of the mirror that this machine uses.
import { spawnSync } from "node:child_process";

/** Runs a command; what it prints is shown only when it fails. @returns what it wrote to standard output */
export function runQuietly(command: string, args: readonly string[]): string {
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
  const uris = runQuietly("apt-get", ["indextargets", "--format", "$(REPO_URI)", ...filter]).split("\n");
  return uris[0] || "http://deb.debian.org/debian";
}

/** How this machine's apt reaches its mirror: proxies, and whether it trusts a mirror that stands still. */
function aptOptions(): string[] {
  const wanted = /^Acquire::(http|https|Retries|Check)\S* "[^"]*";$/;
  return runQuietly("apt-config", ["dump"])
    .split("\n")
    .filter((line) => wanted.test(line));
}

/** What is asked of a tree. */
export interface DebianTree {
  /** mmdebstrap's: "minbase", or "extract" for packages that are only unpacked. */
  readonly variant: "minbase" | "extract";
  /** Debian's release. */
  readonly suite: string;
  readonly packages: readonly string[];
  /** Further flags of mmdebstrap. */
  readonly flags?: readonly string[];
}

/** What nobody reads in a tree that only tests see. */
const lean = ["doc", "man", "locale", "info"].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);

/** Makes a tree in a new folder. @throws when a package is not to be had */
export function makeDebianTree(tree: DebianTree, folder: string): void {
  const { variant, suite, packages, flags = [] } = tree;
  const options = [...aptOptions(), 'Acquire::Languages "none"'].map((option) => `--aptopt=${option}`);
  const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
  runQuietly("mmdebstrap", [
    ...["--mode=root", `--variant=${variant}`, `--include=${packages.join(",")}`],
    ...options,
    ...(variant === "extract" ? [] : ["--dpkgopt=force-unsafe-io", ...lean]),
    ...flags,
    ...[suite, folder, `deb [signed-by=${keyring}] ${mirror()} ${suite} main`],
  ]);
}
