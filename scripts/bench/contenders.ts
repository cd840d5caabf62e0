import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

/** A runtime that takes part. */
export interface Contender {
  readonly name: string;
  readonly path: string;
  readonly version: string;
}

/** tsrun, which the others are compared with. */
export const ours = "tsrun";

const peers = ["runc", "crun"] as const;

function contender(name: string, path: string): Contender {
  const text = execFileSync(path, ["--version"], { encoding: "utf8" });
  return { name, path, version: /version (\S+)/.exec(text)?.[1] ?? "unknown" };
}

function findInPath(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** tsrun and the peers that are installed, and the names of those that are not. @throws Error where tsrun is not built */
export function findContenders(): { contenders: Contender[]; absent: string[] } {
  const path = resolve("dist/tsrun");
  if (!existsSync(path)) {
    throw new Error("no runtime at dist/tsrun: npm run build makes it");
  }
  const found = peers.map((name) => ({ name, path: findInPath(name) }));
  const present = found.flatMap((each) => (each.path === undefined ? [] : [contender(each.name, each.path)]));
  return {
    contenders: [contender(ours, path), ...present],
    absent: found.filter((each) => each.path === undefined).map((each) => each.name),
  };
}
