import { TsrunError } from "../base/errors.ts";
import type { Executor } from "../sys/executor.ts";
import { O_NOFOLLOW, O_PATH, S_IFDIR, S_IFMT } from "../sys/files.ts";
import { findInRoot } from "../sys/in-root.ts";
import { makeDirectoryInRoot } from "../sys/make-in-root.ts";
import type { MountContext } from "./mount-context.ts";
import type { MountEntry } from "./mount-error.ts";
import { cleanDestination, placeOf, type Target } from "./mount-target.ts";

/**
 * Where a proc or sysfs goes, made where nothing is. Something else than a directory there redirects what is masked and
 * written below it (CVE-2019-19921, CVE-2023-27561). What has been looked at is what is mounted on.
 * @throws TsrunError in runc's words
 */
export function ordinaryDirectory(k: Executor, context: MountContext, entry: MountEntry): Target {
  const { type } = entry;
  const destination = cleanDestination(entry.destination);
  const root = context.root.number;
  const look = (): ReturnType<typeof findInRoot> => findInRoot(k, root, destination, O_PATH | O_NOFOLLOW);
  let found = look();
  if (found === undefined) {
    // Somebody may put a link there meanwhile, which making follows.
    makeDirectoryInRoot(k, root, destination)[Symbol.dispose]();
    found = look();
  }
  if (found !== undefined && (found.stat.mode & S_IFMT) === S_IFDIR) {
    return { fd: found.fd, place: placeOf(k, context, destination, found.fd) };
  }
  found?.fd[Symbol.dispose]();
  throw new TsrunError(`filesystem ${JSON.stringify(type)} must be mounted on ordinary directory`);
}
