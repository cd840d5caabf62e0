import * as original from "../../../../src/security/user.ts";
import { AT_FDCWD, O_RDONLY, readBeginning } from "../../../../src/sys/files.ts";
import { isOut } from "../is-out.ts";

export * from "../../../../src/security/user.ts";

const LIMIT = 65_536;

/** An id out of the image's file, looked up by its name there, which may look like a number. */
function lookUp(k: Parameters<typeof original.takeUser>[0], file: string, id: number): number {
  const bytes = readBeginning(k, AT_FDCWD, file, { flags: O_RDONLY, resolve: 0 }, LIMIT);
  const lines = new TextDecoder().decode(bytes).split("\n");
  const [, , found] = lines.map((line) => line.split(":")).find(([name]) => name === String(id)) ?? [];
  return found === undefined ? id : Number(found);
}

export const takeUser: typeof original.takeUser = (k, user = {}, groups) => {
  if (!isOut("numeric-user")) return original.takeUser(k, user, groups);
  const uid = lookUp(k, "/etc/passwd", user.uid ?? 0);
  const gid = lookUp(k, "/etc/group", user.gid ?? 0);
  original.takeUser(k, { ...user, uid, gid }, groups);
};
