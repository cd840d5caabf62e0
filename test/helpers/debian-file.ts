// Files of Debian's archive that no package installed here brings.
import { execFileSync, spawnSync } from "node:child_process";
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

/**
 * Where to look: the mirrors that apt uses here, because a site may have its own; Debian's; the archive of everything
 * that Debian ever had, for the day when no release holds a pinned version any more.
 */
function mirrors(): string[] {
  const format = "$(ORIGIN) $(REPO_URI)";
  const targets = execFileSync("apt-get", ["indextargets", "--format", format, "Created-By: Packages"], {
    encoding: "utf8",
  });
  const configured = targets
    .split("\n")
    .filter((line) => line.startsWith("Debian http") && !line.includes("security"))
    .map((line) => line.slice("Debian ".length).replace(/\/*$/, "/"));
  const known = [
    "http://deb.debian.org/debian/",
    "http://snapshot.debian.org/archive/debian/20250801T000000Z/",
  ];
  return [...new Set([...configured, ...known])];
}

/** apt's own helper does it, so that its proxy and certificate settings hold; it refuses a file with another hash. */
function download(uri: string, sha256: string, file: string): boolean {
  const helper = ["-oAPT::Sandbox::User=root", "download-file", uri, file, `SHA256:${sha256}`];
  return spawnSync(aptHelper, helper, { stdio: ["ignore", 2, 2] }).status === 0;
}

/**
 * Downloads a file into `folder` unless it is there, and returns its path.
 *
 * @throws when no mirror has it
 */
export function downloadDebianFile({ path, sha256 }: DebianFile, folder: string): string {
  const file = join(folder, basename(path));
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    const draft = `${file}.${process.pid}`;
    if (!mirrors().some((mirror) => download(mirror + path, sha256, draft))) {
      throw new Error(`no Debian mirror has ${path}`);
    }
    renameSync(draft, file);
  }
  return file;
}

/** One file of a package: the text of a member of a `.deb`, or of a source package's `.tar.xz`. @throws when no mirror has it */
export function memberOfPackage(file: DebianFile, member: string, folder: string): string {
  const archive = downloadDebianFile(file, folder);
  const unpack = archive.endsWith(".deb")
    ? 'dpkg-deb --fsys-tarfile "$0" | tar -xO "./$1"'
    : 'tar -xJOf "$0" "$1"';
  return execFileSync("sh", ["-c", unpack, archive, member], { encoding: "utf8" });
}
