// Files of the host's that an attack must not change.
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What a path is, in one line: type and mode, owner, device number, size, inode, content. */
function describe(path: string): string {
  const stat = lstatSync(path);
  const content = stat.isFile()
    ? createHash("sha256").update(readFileSync(path)).digest("hex")
    : stat.isSymbolicLink()
      ? readlinkSync(path)
      : "";
  const { mode, uid, gid, rdev, ino } = stat;
  return `${mode.toString(8)} ${uid}:${gid} ${rdev} ${ino} ${content}`;
}

/** The tree at a path, a line for each file. */
function inventory(path: string): string[] {
  const own = `${path} ${describe(path)}`;
  if (!lstatSync(path).isDirectory()) return [own];
  const names = readdirSync(path).sort();
  return [own, ...names.flatMap((name) => inventory(join(path, name)))];
}

/** A tree whose content, owners, modes and number of files are to stay as they are. */
export class Canary {
  readonly path: string;
  #before: readonly string[];

  /** Watches what is there already: a file, such as the runtime's executable, or a directory. */
  constructor(path: string) {
    this.path = path;
    this.#before = inventory(path);
  }

  /** A directory with a file and an empty directory in it. */
  static directory(path: string): Canary {
    mkdirSync(join(path, "directory"), { recursive: true });
    writeFileSync(join(path, "file"), "the host's\n", { mode: 0o644 });
    return new Canary(path);
  }

  /** What is not as it was; empty where all is. */
  changes(): string[] {
    const now = inventory(this.path);
    const gone = this.#before.filter((line) => !now.includes(line)).map((line) => `- ${line}`);
    const come = now.filter((line) => !this.#before.includes(line)).map((line) => `+ ${line}`);
    return [...gone, ...come];
  }
}
