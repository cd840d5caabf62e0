import { TsrunError } from "../base/errors.ts";

/** Ids are numbers of 32 bits, of which the highest is none (setresuid(2), "-1"). */
const HIGHEST_ID = 0xfffffffe;

/**
 * `--user`: UID[:GID], decimal numbers and nothing else (a name is never looked up, CVE-2016-3697; what is no number is
 * never 0, CVE-2026-30892). @throws TsrunError
 */
export function parseUser(text: string): { readonly uid: number; readonly gid?: number } {
  const colon = text.indexOf(":");
  if (colon < 0) return { uid: parseId("uid", text) };
  const gid = parseId("gid", text.slice(colon + 1));
  return { uid: parseId("uid", text.slice(0, colon)), gid };
}

/** `--additional-gids`, given any number of times. @throws TsrunError */
export function parseGroups(texts: readonly string[]): number[] {
  return texts.map((text) => parseId("gid in --additional-gids", text));
}

function parseId(what: string, text: string): number {
  const id = /^[0-9]{1,20}$/.test(text) ? Number(text) : undefined;
  if (id !== undefined && id <= HIGHEST_ID) return id;
  throw new TsrunError(`bad ${what}: ${JSON.stringify(text)}`, {
    hint: `it must be a number from 0 to ${HIGHEST_ID}`,
  });
}

/**
 * `--cgroup`: paths below the container's cgroup by controller; a path for all of them, and that of cgroup v2, is under
 * the empty name. @throws TsrunError in runc's words
 */
export function parseSubCgroups(texts: readonly string[]): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const text of texts) {
    const colon = text.indexOf(":");
    const controllers = colon < 0 ? [""] : text.slice(0, colon).split(",");
    if (colon < 0 && texts.length > 1) throw invalid(text, "missing <controller>: prefix");
    for (const controller of controllers) {
      if (colon >= 0 && controller === "") throw invalid(text, "empty <controller> prefix");
      if (paths.has(controller)) {
        throw new TsrunError(
          `invalid --cgroup argument(s): controller ${controller} specified multiple times`,
        );
      }
      paths.set(controller, text.slice(colon + 1));
    }
  }
  return paths;
}

function invalid(text: string, reason: string): TsrunError {
  return new TsrunError(`invalid --cgroup argument: ${text} (${reason})`);
}
