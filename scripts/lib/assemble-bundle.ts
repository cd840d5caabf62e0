import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const BUNDLES = "bundles";

/** The user `nobody` of every distribution: who runs the rootless bundle where root calls. */
const NOBODY = 65_534;

/** Where distributions keep programs and libraries; on most, all but /usr are symlinks into it. */
const SYSTEM_DIRECTORIES = ["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32"];

/** A bundle that is ready to run. */
export interface AssembledBundle {
  /** The temporary directory that holds all of it; to be removed afterwards. */
  readonly directory: string;
  readonly bundle: string;
  /** The user to run it as, where that is not the caller. */
  readonly user: number | undefined;
}

/** The parts of config.json that are read, or completed for this machine. */
interface Config {
  process: { terminal?: boolean };
  mounts: { destination: string; type?: string; source?: string; options?: string[] }[];
  linux: { uidMappings?: { hostID: number }[]; gidMappings?: { hostID: number }[] };
}

export function bundleNames(): string[] {
  return readdirSync(BUNDLES).filter((name) => existsSync(join(BUNDLES, name, "config.json")));
}

function readConfig(name: string): Config {
  return JSON.parse(readFileSync(join(BUNDLES, name, "config.json"), "utf8")) as Config;
}

/** Whether bundles/NAME talks with whoever runs it. */
export function wantsTerminal(name: string): boolean {
  return readConfig(name).process.terminal === true;
}

/** Shows the host's programs and libraries in `rootfs`: its symlinks as symlinks, its directories bound read-only. */
function lendSystem(rootfs: string, config: Config): void {
  for (const name of SYSTEM_DIRECTORIES) {
    const stat = lstatSync(`/${name}`, { throwIfNoEntry: false });
    if (stat?.isSymbolicLink()) {
      symlinkSync(readlinkSync(`/${name}`), join(rootfs, name));
    } else if (stat?.isDirectory()) {
      mkdirSync(join(rootfs, name));
      const options = ["rbind", "ro", "nosuid", "nodev"];
      config.mounts.push({ destination: `/${name}`, type: "bind", source: `/${name}`, options });
    }
  }
}

/** Maps the container's root to the user who runs it. */
function mapTo(user: number, config: Config): void {
  for (const mapping of [...(config.linux.uidMappings ?? []), ...(config.linux.gidMappings ?? [])]) {
    mapping.hostID = user;
  }
}

/** Makes bundles/NAME runnable in a temporary directory: config.json completed, a scratch root, the host's programs. */
export function assembleBundle(name: string): AssembledBundle {
  const directory = mkdtempSync(join(tmpdir(), "tsrun-bundle-"));
  const rootfs = join(directory, "rootfs");
  for (const path of ["dev", "etc", "proc", "root", "sys", "tmp"]) {
    mkdirSync(join(rootfs, path), { recursive: true });
  }
  const config = readConfig(name);
  lendSystem(rootfs, config);
  for (const file of readdirSync(join(BUNDLES, name)).filter((entry) => entry.endsWith(".sh"))) {
    copyFileSync(join(BUNDLES, name, file), join(rootfs, file));
  }
  const isRootless = config.linux.uidMappings !== undefined;
  const user = isRootless && process.getuid?.() === 0 ? NOBODY : undefined;
  if (isRootless) {
    mapTo(user ?? process.getuid?.() ?? NOBODY, config);
  }
  if (user !== undefined) {
    giveTo(user, directory);
  }
  writeFileSync(join(directory, "config.json"), JSON.stringify(config, undefined, 2));
  chmodSync(directory, 0o755);
  return { directory, bundle: directory, user };
}

function giveTo(user: number, directory: string): void {
  chownSync(directory, user, user);
  for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
    if (!lstatSync(join(directory, name)).isSymbolicLink()) {
      chownSync(join(directory, name), user, user);
    }
  }
}
