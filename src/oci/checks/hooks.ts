import { hookKinds } from "../hook-kinds.ts";
import type { Config } from "../types.ts";
import type { Report } from "./report.ts";

/** A hook's path is absolute (config.md, "POSIX-platform Hooks"): there is no PATH to search. */
export function checkHooks({ hooks }: Config, report: Report): void {
  for (const kind of hookKinds) {
    for (const [index, { path }] of (hooks?.[kind] ?? []).entries()) {
      if (!path.startsWith("/")) {
        report.fault(
          `/hooks/${kind}/${index}/path`,
          `must be an absolute path, found ${JSON.stringify(path)}`,
        );
      }
    }
  }
}
