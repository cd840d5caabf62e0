import { statSync, writeFileSync } from "node:fs";
import { TsrunError } from "../../base/errors.ts";
import { defaultSpec, rootlessSpec } from "../../oci/spec.ts";
import type { Config } from "../../oci/types.ts";
import type { Flags, Invocation } from "../flags.ts";
import { goJson } from "../go-json.ts";

export const command = "spec";
export const describe = "write a starter config.json";
export const builder = {
  bundle: { type: "string", alias: "b", describe: "directory to write to (default: the current directory)" },
  rootless: { type: "boolean", describe: "for a container that an ordinary user may run" },
} as const satisfies Flags;

/** Only a host with cgroup v2 alone has this file at the top. */
function hasCgroup2Alone(): boolean {
  return statSync("/sys/fs/cgroup/cgroup.controllers", { throwIfNoEntry: false }) !== undefined;
}

function starter(rootless: boolean): Config {
  const context = { cgroup2: hasCgroup2Alone() };
  const { geteuid, getegid } = process;
  return rootless
    ? rootlessSpec(context, { uid: geteuid?.() ?? 0, gid: getegid?.() ?? 0 })
    : defaultSpec(context);
}

/** Never overwrites: O_EXCL also holds against a file that appears at the last moment. */
function writeNew(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: "wx" });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") {
      throw new TsrunError("File config.json exists. Remove it first");
    }
    throw cause;
  }
}

export function handler({ flags: { bundle = ".", rootless } }: Invocation<typeof builder>): number {
  writeNew(`${bundle}/config.json`, goJson(starter(rootless), "\t"));
  return 0;
}
