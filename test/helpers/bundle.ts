import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Config } from "./config.ts";
import { runtimePath } from "./runtime.ts";

/** Debian's busybox-static: one file without a library is a whole root file system. */
const busybox = "/bin/busybox";

/** Where the checker lies inside every root. */
export const checkerPath = "/checker";

interface Template {
  readonly directory: string;
  readonly applets: readonly string[];
  readonly config: string;
}

let template: Template | undefined;

/** Made once per test process: what all its bundles share. */
function makeTemplate(): Template {
  const directory = mkdtempSync(join(tmpdir(), "tsrun-template-"));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  const list = spawnSync(busybox, ["--list"], { encoding: "utf8" });
  if (list.status !== 0) {
    throw new Error(`${busybox} is needed (Debian: busybox-static)`, { cause: list.error });
  }
  copyFileSync(busybox, join(directory, "busybox"));
  chmodSync(join(directory, "busybox"), 0o755);
  copyFileSync(resolve("test/checker/look.sh"), join(directory, "look.sh"));
  const spec = spawnSync(runtimePath, ["spec", "--bundle", directory], { encoding: "utf8" });
  if (spec.status !== 0) {
    throw new Error(`${runtimePath} spec: ${spec.stderr}`, { cause: spec.error });
  }
  return {
    directory,
    applets: list.stdout.trim().split("\n"),
    config: readFileSync(join(directory, "config.json"), "utf8"),
  };
}

/** Fills `rootfs` with busybox, its applets, a passwd file and the checker. */
export function makeRootfs(rootfs: string): void {
  template ??= makeTemplate();
  for (const name of ["bin", "dev", "etc", "proc", "root", "sys", "tmp"]) {
    mkdirSync(join(rootfs, name), { recursive: true });
  }
  chmodSync(join(rootfs, "tmp"), 0o1777);
  linkSync(join(template.directory, "busybox"), join(rootfs, "bin/busybox"));
  linkSync(join(template.directory, "look.sh"), join(rootfs, checkerPath));
  for (const applet of template.applets) {
    if (applet !== "busybox") {
      symlinkSync("busybox", join(rootfs, "bin", applet));
    }
  }
  writeFileSync(
    join(rootfs, "etc/passwd"),
    "root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n",
  );
}

/** The runtime's own `spec`, without its terminal. */
export function defaultConfig(): Config {
  template ??= makeTemplate();
  const config = JSON.parse(template.config) as Config;
  config.process.terminal = false;
  return config;
}

/** Writes a bundle into `directory`: a busybox root and the default configuration as changed by `adjust`. */
export function makeBundle(directory: string, adjust: (config: Config) => void): void {
  mkdirSync(directory, { recursive: true });
  makeRootfs(join(directory, "rootfs"));
  writeConfig(directory, adjust);
}

/** Writes config.json alone. */
export function writeConfig(directory: string, adjust: (config: Config) => void): void {
  const config = defaultConfig();
  config.process.env.push(`TSRUN_TEST=${directory}`);
  adjust(config);
  writeFileSync(join(directory, "config.json"), JSON.stringify(config, undefined, 2));
}
