// Programs of ours that run in containers, which have no libraries.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, renameSync } from "node:fs";
import { basename, join, resolve } from "node:path";

const built = new Map<string, string>();

/** Compiles a C source of this folder, once in a process. @returns the path of the static executable */
export function staticProgram(name: string): string {
  return build(name, ["-static"]);
}

/** The same for a library to be loaded into a program. */
export function sharedLibrary(name: string): string {
  return build(name, ["-shared", "-fPIC"]);
}

function build(name: string, kind: readonly string[]): string {
  const path = built.get(name) ?? compile(name, kind);
  built.set(name, path);
  return path;
}

function compile(name: string, kind: readonly string[]): string {
  const tool = resolve("build", `security-${basename(name)}`);
  const draft = `${tool}.${process.pid}`;
  mkdirSync("build", { recursive: true });
  const flags = [...kind, "-O1", "-Wall", "-Wextra", "-Werror", "-o", draft];
  execFileSync("gcc", [...flags, `test/security/helpers/${name}.c`]);
  renameSync(draft, tool);
  return tool;
}

/** Puts a program into a root file system, at /NAME. */
export function addProgram(bundle: string, name: string): void {
  copyFileSync(staticProgram(name), join(bundle, "rootfs", name));
}
