import { TsrunError } from "../base/errors.ts";
import { log } from "../base/log.ts";
import type { Executor } from "../sys/executor.ts";
import { Fd } from "../sys/fd.ts";
import { AT_SYMLINK_NOFOLLOW, fileSystemType, fstat, S_IFDIR, S_IFMT } from "../sys/files.ts";
import { cloneHostTree, hostLink } from "../sys/host-paths.ts";
import { makeLinkInRoot } from "../sys/make-in-root.ts";
import { setBindAttributes } from "./bind-attributes.ts";
import type { MountContext } from "./mount-context.ts";
import type { MountEntry } from "./mount-error.ts";
import type { MountOptions } from "./mount-options.ts";
import { attach, makeTarget, noteView, protectProc } from "./mount-target.ts";

const PROC_SUPER_MAGIC = 0x9fa0;
const PROC_ROOT_INO = 1n;

/** Binds a file or directory of the host, with what is mounted below it when `rbind` says so. */
export function mountBind(
  k: Executor,
  context: MountContext,
  entry: MountEntry,
  options: MountOptions,
): void {
  const source = bindSource(context.bundle, entry);
  if (options.copySymlink && copySymlink(k, context, entry, source)) return;
  const nofollow = options.sourceNoFollow ? AT_SYMLINK_NOFOLLOW : 0;
  const mapped = context.idMapped?.get(entry);
  using tree =
    mapped === undefined
      ? cloneHostTree(k, source, options.recursiveBind || !options.bind, nofollow)
      : new Fd(k, mapped);
  const isDirectory = (fstat(k, tree.number).mode & S_IFMT) === S_IFDIR;
  const target = makeTarget(k, context, entry, { isDirectory, noFollow: options.destinationNoFollow });
  using _ = target.fd;
  if (!isDirectory) refuseDirectory(k, target.fd, entry);
  protectProc(target.place, entry.destination, () => isProc(k, tree, entry));
  setBindAttributes(k, tree, options.attributes);
  attach(k, context, tree, target, options);
  if (isDirectory) noteView(k, context, tree, target);
}

/** Engines look for the words of ENOTDIR (Docker then asks whether a directory was to be mounted onto a file). */
function refuseDirectory(k: Executor, target: Fd, { destination }: MountEntry): void {
  if ((fstat(k, target.number).mode & S_IFMT) !== S_IFDIR) return;
  throw new TsrunError(`a file on the directory ${JSON.stringify(destination)}: not a directory`);
}

/** Path of what is bound, on the host. */
export function bindSource(bundle: string, { source = "" }: MountEntry): string {
  return source.startsWith("/") ? source : `${bundle}/${source}`;
}

function isProc(k: Executor, tree: Fd, { source, destination }: MountEntry): boolean {
  if (fileSystemType(k, tree.number) !== PROC_SUPER_MAGIC) return false;
  if (fstat(k, tree.number).ino !== PROC_ROOT_INO)
    log.warn(`${source}, which is mounted on ${destination}, is not the root of a proc file system`);
  return true;
}

/** Makes the source anew where it is a symbolic link (option `copy-symlink`, as crun has it); false where it is none. */
function copySymlink(
  k: Executor,
  { root }: MountContext,
  { destination }: MountEntry,
  source: string,
): boolean {
  const link = hostLink(k, source);
  if (link === undefined) return false;
  makeLinkInRoot(k, root.number, destination, link);
  return true;
}
