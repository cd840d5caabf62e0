// What only system calls tell of a container's process, asked by a program of ours inside.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "./config.ts";
import { type Look, parseLook } from "./look.ts";
import type { Sandbox } from "./sandbox.ts";

const source = "test/checker/attributes.c";
let checker: string | undefined;

/** Linked statically: the containers of the tests have no libraries. */
function build(): string {
  mkdirSync("build", { recursive: true });
  const tool = "build/attributes";
  const draft = `${tool}.${process.pid}`;
  execFileSync("gcc", ["-static", "-O1", "-Wall", "-Wextra", "-Werror", "-o", draft, source]);
  renameSync(draft, tool);
  return tool;
}

/** A bundle whose program is the checker. */
export function attributesBundle(box: Sandbox, adjust: (config: Config) => void): string {
  checker ??= build();
  const bundle = box.bundle((config) => {
    config.process.args = ["/attributes"];
    adjust(config);
  });
  copyFileSync(checker, join(bundle, "rootfs/attributes"));
  return bundle;
}

/** Runs a container and returns what the checker saw of its scheduler, its I/O, its domain and its memory policy. */
export function lookAttributes(box: Sandbox, adjust: (config: Config) => void): Look {
  const bundle = attributesBundle(box, adjust);
  return parseLook(box.succeed(["run", "--bundle", bundle, box.newId()]).stdout);
}
