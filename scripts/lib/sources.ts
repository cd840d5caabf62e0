import { readdirSync } from "node:fs";
import { join } from "node:path";

/** TypeScript files under `folder`, sorted; what the build generates is left out. */
export function listSources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.[cm]?ts$/.test(name) && !name.split("/").includes("generated"))
    .map((name) => join(folder, name))
    .sort();
}
