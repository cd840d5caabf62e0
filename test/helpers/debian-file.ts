// Files of Debian's archive that no package installed here brings.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { basename, join } from "node:path";

/** A file of Debian's archive, pinned. */
export interface DebianFile {
  /** From the archive's root. */
  readonly path: string;
  readonly sha256: string;
}

const aptHelper = "/usr/lib/apt/apt-helper";

/** Whether this machine has what downloadDebianFile needs. */
export function canDownloadDebianFiles(): boolean {
  return existsSync(aptHelper);
}

/** The mirror that apt uses here, so that a site's own mirror is respected; deb.debian.org where none is told. */
function debianMirror(): string {
  const format = "$(ORIGIN) $(REPO_URI)";
  const targets = execFileSync("apt-get", ["indextargets", "--format", format, "Created-By: Packages"], {
    encoding: "utf8",
  });
  const mirrors = targets
    .split("\n")
    .filter((line) => line.startsWith("Debian http"))
    .map((line) => line.slice("Debian ".length));
  return mirrors.find((uri) => !uri.includes("security")) ?? "http://deb.debian.org/debian/";
}

/**
 * Downloads a file into `folder` unless it is there, and returns its path. apt's own helper does it, so that its proxy
 * and certificate settings hold; it refuses a file with another hash.
 */
export function downloadDebianFile({ path, sha256 }: DebianFile, folder: string): string {
  const file = join(folder, basename(path));
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    const uri = debianMirror().replace(/\/*$/, "/") + path;
    const draft = `${file}.${process.pid}`;
    const helper = ["download-file", uri, draft, `SHA256:${sha256}`];
    execFileSync(aptHelper, ["-oAPT::Sandbox::User=root", ...helper], { stdio: ["ignore", 2, 2] });
    renameSync(draft, file);
  }
  return file;
}
