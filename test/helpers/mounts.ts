import assert from "node:assert/strict";
import type { Mount } from "./config.ts";

/** An entry of `mounts` for a new tmpfs. */
export function tmpfs(destination: string, ...options: string[]): Mount {
  return { destination, type: "tmpfs", source: "tmpfs", options };
}

/** An entry of `mounts` for a bind mount. */
export function bind(source: string, destination: string, ...options: string[]): Mount {
  return { destination, type: "bind", source, options: ["bind", ...options] };
}

/** Fails unless each wanted option is among those found; with "!" it must not be. */
export function assertOptions(wanted: readonly string[], found: readonly string[], what: string): void {
  for (const option of wanted) {
    const there = found.includes(option.replace(/^!/, ""));
    assert.equal(there, !option.startsWith("!"), `${what}: ${option} in ${found.join(",")}`);
  }
}
