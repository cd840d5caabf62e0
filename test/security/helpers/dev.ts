// A /dev that is not the runtime's: the image's own, or a volume's, which others share.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../../helpers/config.ts";

/** The image brings its own /dev, where the runtime expects to make one. */
export function withoutDev(config: Config): void {
  config.mounts = config.mounts.filter(({ destination }) => !destination.startsWith("/dev"));
  config.root.readonly = false;
}

/** A folder of the host's, with all but its devices, is the container's /dev; its pts is a devpts as always. */
export function bindDev(config: Config, folder: string): void {
  config.mounts = config.mounts.filter(({ destination }) => destination !== "/dev");
  config.mounts.unshift({ destination: "/dev", type: "bind", source: folder, options: ["bind"] });
  for (const name of ["pts", "shm", "mqueue"]) mkdirSync(join(folder, name), { recursive: true });
}

/** Makes a null device. */
export function makeNull(path: string): void {
  execFileSync("mknod", ["-m", "666", path, "c", "1", "3"]);
}
