// Installs the Debian packages that the tests need and this machine lacks; does nothing where all are there. Without root
// or apt-get it says what is missing and fails.
import { spawnSync } from "node:child_process";
import { conformancePackages } from "../test/conformance/packages.ts";
import { hostPackages as vmPackages } from "../test/vm/packages.ts";

/** What the integration and unit tests call. */
const testPackages = [
  "binutils",
  "binutils-aarch64-linux-gnu",
  "busybox-static",
  "dbus",
  "gcc",
  "iproute2",
  "libc6-dev",
  "libseccomp-dev",
  "libsystemd0",
  "procps",
  "qemu-user-static",
  "strace",
  "uidmap",
  "util-linux",
];

/** Runtimes to compare with; the tests of tsrun itself do not need them. */
const peers = ["crun", "runc"];

function isInstalled(name: string): boolean {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own syntax
  const { stdout } = spawnSync("dpkg-query", ["-W", "-f=${Status}", name], { encoding: "utf8" });
  return stdout?.startsWith("install ok installed") ?? false;
}

function apt(...args: string[]): void {
  const command = ["apt-get", "-q", "-y", ...args];
  console.log(`# ${command.join(" ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  // Its output goes to standard error: standard output is the tests' TAP.
  const { status } = spawnSync("apt-get", command.slice(1), { env, stdio: ["ignore", 2, 2] });
  if (status !== 0) {
    throw new Error(`${command.join(" ")} failed`);
  }
}

function prepare(): void {
  const wanted = [...new Set([...testPackages, ...conformancePackages, ...vmPackages, ...peers])].sort();
  if (spawnSync("dpkg-query", ["--version"]).status !== 0) {
    console.log(`# not a Debian machine; the tests need what Debian calls: ${wanted.join(" ")}`);
    return;
  }
  const missing = wanted.filter((name) => !isInstalled(name));
  if (missing.length === 0) {
    console.log("# every package that the tests need is installed");
    return;
  }
  if (process.getuid?.() !== 0) {
    throw new Error(`missing packages, and only root can install them: apt-get install ${missing.join(" ")}`);
  }
  console.log(`# installing ${missing.length} packages that the tests need`);
  apt("update");
  apt("install", "--no-install-recommends", ...missing);
}

try {
  prepare();
} catch (error) {
  console.error(`prepare-machine: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
