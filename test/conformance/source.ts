// Where the sources of opencontainers/runtime-tools come from: a checkout named by RUNTIME_TOOLS, or Debian.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { downloadDebianFile } from "../helpers/debian-file.ts";

/** Debian trixie's upstream tarball; bookworm's package has no validation/ directory. */
const debian = {
  version: "0.9.0.109.ge931285",
  path: "pool/main/g/golang-github-opencontainers-runtime-tools/golang-github-opencontainers-runtime-tools_0.9.0.109.ge931285.orig.tar.xz",
  sha256: "203989a1ea98cf2aaced79155bbda09270b20db19b03376dde91ab12e5e6a0fe",
};

/**
 * `FileLabel` left selinux's label package in 1.11 and stays in its parent, with the same meaning: the copy imports
 * it from where every version has it.
 */
function adaptToSelinux(tree: string): void {
  const file = join(tree, "cmd/runtimetest/main.go");
  const label = '"github.com/opencontainers/selinux/go-selinux/label"';
  const parent = 'label "github.com/opencontainers/selinux/go-selinux"';
  writeFileSync(file, readFileSync(file, "utf8").replace(`\t${label}`, `\t${parent}`));
}

/** A name for the sources; a checkout may change at any time and has none. */
export function sourceVersion(): string | undefined {
  return process.env["RUNTIME_TOOLS"] === undefined ? debian.version : undefined;
}

/**
 * Puts a fresh copy of the sources at `tree`.
 *
 * @param tree the package's folder in a GOPATH
 * @param cache where a download is kept
 */
export function placeSources(tree: string, cache: string): void {
  rmSync(tree, { recursive: true, force: true });
  mkdirSync(tree, { recursive: true });
  const checkout = process.env["RUNTIME_TOOLS"];
  if (checkout === undefined) {
    execFileSync("tar", ["-xf", downloadDebianFile(debian, cache), "-C", tree, "--strip-components=1"]);
  } else {
    cpSync(checkout, tree, { recursive: true, filter: (path) => basename(path) !== ".git" });
  }
  if (!existsSync(join(tree, "validation"))) {
    throw new Error(`${checkout ?? debian.path} has no validation/ directory`);
  }
  adaptToSelinux(tree);
}
