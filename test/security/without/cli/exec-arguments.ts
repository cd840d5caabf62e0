import * as original from "../../../../src/cli/exec-arguments.ts";
import { isOut } from "../is-out.ts";

export * from "../../../../src/cli/exec-arguments.ts";

/** What is no number is 0, as with strtoul(3) where nobody looks at what is left. */
export const parseUser: typeof original.parseUser = (text) => {
  if (!isOut("user-numbers")) return original.parseUser(text);
  const [uid = 0, gid = 0] = text.split(":").map((id) => (Number.parseInt(id, 10) || 0) >>> 0);
  return { uid, gid };
};
