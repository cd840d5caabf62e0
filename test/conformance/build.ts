// Builds runtimetest, the validation programs and the root file system they unpack, once per version, under
// build/conformance (design: nothing of them is committed).
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { placeSources, sourceVersion } from "./source.ts";

const home = resolve("build/conformance");
const binaries = join(home, "bin");
const stampFile = join(home, "stamp");
const tapGo = "test/conformance/tap-go";

/** runtime-tools names its tarball after GOARCH. */
const goArchitectures: Record<string, string> = { x64: "amd64", arm64: "arm64" };

/** What the built files depend on; undefined when that cannot be told (a checkout) and Go has to look itself. */
function wantedStamp(): string | undefined {
  const version = sourceVersion();
  if (version === undefined) {
    return undefined;
  }
  const inputs = [`${tapGo}/tap.go`, "test/conformance/build.ts", "test/conformance/source.ts"];
  const hash = createHash("sha256");
  for (const input of inputs) {
    hash.update(readFileSync(input));
  }
  return `${version} ${process.arch} ${hash.digest("hex")}\n`;
}

function isCurrent(stamp: string | undefined): boolean {
  return stamp !== undefined && existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp;
}

/**
 * One `go build` for all programs, so that they share packages and the linker runs beside the compiler; GOPATH mode
 * because Debian ships Go libraries as source trees. CGO_ENABLED=0 makes runtimetest static: it runs in a root
 * without a C library.
 */
function buildPrograms(): void {
  if (spawnSync("go", ["version"]).error !== undefined) {
    throw new Error(
      "Go is missing; scripts/prepare-machine.ts installs it with the packages of its libraries",
    );
  }
  const gopath = join(home, "gopath");
  const github = join(gopath, "src/github.com");
  const tree = join(github, "opencontainers/runtime-tools");
  placeSources(tree, join(home, "download"));
  mkdirSync(join(github, "mndrix"), { recursive: true });
  cpSync(tapGo, join(github, "mndrix/tap-go"), { recursive: true });
  const env = {
    ...process.env,
    GO111MODULE: "off",
    GOFLAGS: "",
    GOTOOLCHAIN: "local",
    GOPATH: `${gopath}:/usr/share/gocode`,
    GOCACHE: join(home, "go-cache"),
    CGO_ENABLED: "0",
  };
  const args = ["build", "-p", "2", "-ldflags", "-s -w", "-o", `${binaries}/`];
  execFileSync("go", [...args, "./validation/...", "./cmd/runtimetest"], {
    cwd: tree,
    env,
    stdio: ["ignore", 2, 2],
  });
}

/**
 * The root file system that every program unpacks: busybox under each of its names, and an /etc for the tests that
 * bind it.
 *
 * Its own entry "./" is world-readable: bundles are made with mode 0700, and a container in a user namespace reaches
 * its root only through this entry's mode.
 */
function buildRootfs(): void {
  const root = join(home, "rootfs");
  rmSync(root, { recursive: true, force: true });
  for (const folder of ["bin", "dev", "etc", "proc", "sys", "tmp"]) {
    mkdirSync(join(root, folder), { recursive: true, mode: 0o755 });
  }
  cpSync("/bin/busybox", join(root, "bin/busybox"));
  for (const applet of execFileSync("/bin/busybox", ["--list"], { encoding: "utf8" }).split("\n")) {
    // Relative, because hooks run these from outside the root.
    if (applet !== "" && applet !== "busybox") {
      symlinkSync("busybox", join(root, "bin", applet));
    }
  }
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/:/bin/sh\n");
  writeFileSync(join(root, "etc/group"), "root:x:0:\n");
  const tarball = join(binaries, `rootfs-${goArchitectures[process.arch] ?? process.arch}.tar.gz`);
  execFileSync("tar", ["-czf", tarball, "--owner=0", "--group=0", "--mode=go-w", "-C", root, "."]);
}

/**
 * Builds whatever is missing.
 *
 * @param report is told, in a line, what takes long
 * @returns the folder that holds runtimetest, the validation programs and the rootfs tarball
 * @throws when a package is missing, the download fails or Go refuses the sources
 */
export function buildConformance(report: (line: string) => void): string {
  const stamp = wantedStamp();
  if (!isCurrent(stamp)) {
    report(`building runtime-tools ${stamp?.split(" ")[0] ?? process.env["RUNTIME_TOOLS"]} (half a minute)`);
    rmSync(stampFile, { force: true });
    mkdirSync(binaries, { recursive: true });
    buildPrograms();
    buildRootfs();
    if (stamp !== undefined) {
      writeFileSync(stampFile, stamp);
    }
  }
  return binaries;
}

/** The names of the validation programs that were built, sorted. */
export function listPrograms(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name !== "runtimetest" && !name.endsWith(".tar.gz"))
    .sort();
}
